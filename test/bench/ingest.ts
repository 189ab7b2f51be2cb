import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { type Ingest, startIngest, startValkey } from '@activescale/devkit';
import { startDiscard } from './lib/discard.ts';
import { type Measured, measure } from './lib/measure.ts';
import { loadOf, regimes } from './lib/regimes.ts';
import { conditions, publish } from './lib/report.ts';
import { median } from './lib/statistics.ts';
import { table } from './lib/table.ts';

// CPU of one message: ingest against servers that only discard bytes (grpc-js, and node:http2 without any library),
// turn by turn in one run.
// With --against, also the ingest of another checkout, e.g. `git worktree add ../before COMMIT` with its packages
// installed: what a change cost, in one run. --only takes a part of the names of the loads.
//   npm run bench:ingest [-- --write] [-- --against /path/to/checkout] [-- --only 13 --seconds 8 --turns 3]

const { values } = parseArgs({
  options: {
    against: { type: 'string' },
    only: { type: 'string', default: '' },
    /** Some full collections of V8 fall into each turn; the least of short ones would be that which was spared them. */
    seconds: { type: 'string', default: '12' },
    turns: { type: 'string', default: '5' },
    write: { type: 'boolean' },
  },
});
const seconds = Number(values.seconds);
const turns = Number(values.turns);

interface Server {
  readonly name: string;
  readonly port: number;
  readonly pids: readonly number[];
}

await using valkey = await startValkey();
await using ingest = await startIngest({ VALKEY_ADDR: valkey.addr });
await using other =
  values.against === undefined ? undefined : await startOther(resolve(values.against), valkey.addr);
await using grpc = await startDiscard('grpc');
await using http2 = await startDiscard('http2');

const ours: Server = { name: 'ingest', port: ingest.grpcPort, pids: [ingest.pid, valkey.pid] };
const others: Server[] = [
  { name: 'grpc-js', port: grpc.port, pids: [grpc.pid] },
  { name: 'node:http2', port: http2.port, pids: [http2.pid] },
];
if (other !== undefined) others.push({ name: 'the other ingest', port: other.grpcPort, pids: [other.pid] });

const rows: string[][] = [];
const loads = regimes(values.only);
// Not counted: V8 compiles most of a server's code in its first seconds under load.
for (const regime of loads.slice(0, 1)) {
  for (const { port, pids } of [...others, ours]) await measure(port, pids, loadOf(regime, seconds));
}
for (const regime of loads) {
  const measured = new Map<Server, Measured[]>([...others, ours].map((server) => [server, []]));
  for (let turn = 0; turn < turns; turn += 1) {
    for (const [server, results] of measured) {
      results.push(await measure(server.port, server.pids, loadOf(regime, seconds)));
    }
  }
  const of = (server: Server) => measured.get(server) ?? [];
  rows.push([
    regime.name,
    cpu(of(ours)).toFixed(0),
    ...others.flatMap((server) => [cpu(of(server)).toFixed(0), ratio(of(ours), of(server)).toFixed(2)]),
    cpu(of(ours), 1).toFixed(0),
  ]);
}

const head = ['load', 'ingest, µs', ...others.flatMap(({ name }) => [`${name}, µs`, 'ratio']), 'Valkey, µs'];
publish(
  'bench:ingest',
  `CPU per message, the median of ${turns} turns of ${seconds} s, and of their ratios; every message is one pod's flush. Of two flushes of a pod less than 0.1 s apart only one record is written.\n${conditions()}\n\n${table(head, rows)}`,
);

/** The ingest of another checkout, under separate keys. */
async function startOther(folder: string, addr: string): Promise<Ingest & AsyncDisposable> {
  const devkit = join(folder, 'packages/devkit/src/index.ts');
  const { startIngest } = (await import(pathToFileURL(devkit).href)) as typeof import('@activescale/devkit');
  return startIngest({ VALKEY_ADDR: addr, KEY_PREFIX: 'other' });
}

function cpu(turns: readonly Measured[], process = 0): number {
  return median(turns.map(({ cpu }) => cpu[process] ?? Number.NaN));
}

/** Turns of one round follow each other, so that what else runs on the machine weighs on both. */
function ratio(turns: readonly Measured[], others: readonly Measured[]): number {
  return median(turns.map((turn, round) => cpu([turn]) / cpu(others.slice(round, round + 1))));
}
