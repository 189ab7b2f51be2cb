import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { type Ingest, startIngest, startValkey } from '@activescale/devkit';
import { startDiscard } from './lib/discard.ts';
import { type LoadSpec, type Measured, measure } from './lib/measure.ts';
import { conditions, publish } from './lib/report.ts';
import { median } from './lib/statistics.ts';
import { table } from './lib/table.ts';

// CPU of one message: ingest against a grpc-js server that only discards bytes, turn by turn in one run.
// With --against, also the ingest of another checkout, e.g. `git worktree add ../before COMMIT` with its packages
// installed: what a change cost, in one run.
//   npm run bench:ingest [-- --write] [-- --against /path/to/checkout]

const ROUNDS = 5;
/** Some full collections of V8 fall into each turn; the least of short ones would be that which was spared them. */
const SECONDS = 12;
const { against } = parseArgs({
  options: { against: { type: 'string' }, write: { type: 'boolean' } },
}).values;

interface Case extends LoadSpec {
  readonly name: string;
}

const CASES: readonly Case[] = [
  {
    name: '0.5 KB (a stats filter that lets 6 families through)',
    file: 'envoy/default.bin',
    families: String.raw`^(http\.inbound_.*\.downstream_rq_(active|total|5xx)|cluster\.inbound\|.*\.upstream_rq_(active|pending_active|total))$`,
    skip: 3,
    streams: 400,
    rate: 5,
    seconds: SECONDS,
  },
  {
    name: '13 KB (a sidecar as Istio renders it)',
    file: 'envoy/default.bin',
    skip: 3,
    streams: 400,
    rate: 5,
    seconds: SECONDS,
  },
  {
    name: '2 MB (410 outbound clusters)',
    file: 'bench/clusters-410.bin.gz',
    skip: 0,
    streams: 10,
    rate: 2,
    seconds: SECONDS,
  },
];

await using valkey = await startValkey();
await using ingest = await startIngest({ VALKEY_ADDR: valkey.addr });
await using other = against === undefined ? undefined : await startOther(resolve(against), valkey.addr);
await using discard = await startDiscard();

const rows: string[][] = [];
for (const { name, ...spec } of CASES) {
  const floor: Measured[] = [];
  const ours: Measured[] = [];
  const others: Measured[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    floor.push(await measure(discard.port, [discard.pid], spec));
    if (other !== undefined) others.push(await measure(other.grpcPort, [other.pid], spec));
    ours.push(await measure(ingest.grpcPort, [ingest.pid, valkey.pid], spec));
  }
  const rate = median(ours.map(({ messagesPerSecond }) => messagesPerSecond));
  rows.push([
    name,
    rate.toFixed(0),
    cpu(floor).toFixed(0),
    cpu(ours).toFixed(0),
    ratio(ours, floor).toFixed(2),
    cpu(ours, 1).toFixed(0),
    ...(other === undefined ? [] : [cpu(others).toFixed(0), ratio(ours, others).toFixed(2)]),
  ]);
}

const head = ['flush', 'messages/s', 'discarding server, µs', 'ingest, µs', 'ratio', 'Valkey, µs'];
if (other !== undefined) head.push('the other ingest, µs', 'ratio to it');
publish(
  'bench:ingest',
  `CPU per message, the median of ${ROUNDS} turns of ${SECONDS} s, and of their ratios; every message is one pod's flush and becomes one record.\n${conditions()}\n\n${table(head, rows)}`,
);

/** The ingest of another checkout, under keys of its own. */
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
