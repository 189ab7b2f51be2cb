import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startIngest, startValkey } from '@activescale/devkit';
import { memoryOf } from './lib/cpu.ts';
import { startDiscard } from './lib/discard.ts';
import { measure } from './lib/measure.ts';
import { loadOf, type Regime, regimes } from './lib/regimes.ts';
import { conditions, publish } from './lib/report.ts';
import { strippedCheckout } from './lib/stripped-checkout.ts';
import { table } from './lib/table.ts';

// Resident memory of ingest and of servers that only discard bytes: idle, with many streams, and with them after other
// loads, whose garbage may have left memory behind.
//   npm run bench:memory [-- --write] [-- --seconds 10]

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '10' }, write: { type: 'boolean' } },
});
const seconds = Number(values.seconds);
/** Until a process has finished its start. */
const START_MS = 3_000;

interface Server extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
}
type Start = () => Promise<Server>;

// All servers are started from sources without types, as ingest is in its image: Node's stripper takes 28 MiB.
await using checkout = await strippedCheckout();
const env = { NODE_OPTIONS: `--import=${join(checkout.path, 'scripts/image/load-stripped.mjs')}` };
await using valkey = await startValkey();
const servers: readonly (readonly [string, Start])[] = [
  ['ingest', ingest],
  ['grpc-js', () => startDiscard('grpc', env, checkout.path)],
  ['node:http2', () => startDiscard('http2', env, checkout.path)],
];
const many = regimes('4000 streams');
const others = [...regimes('100 streams'), ...regimes('2 MB')];
const most = many.map((regime) => ({ ...regime, streams: 10_000 }));

const rows: string[][] = [];
for (const [name, start] of servers) {
  const first = await startAndLoad(start, [many, others, many]);
  const second = await startAndLoad(start, [most]);
  const [idle, fresh, , after] = first;
  rows.push([name, ...[idle, fresh, after, second[1]].map((mib = Number.NaN) => mib.toFixed(0))]);
}
const head = ['MiB resident', 'idle', '4,000 streams', '4,000 after other loads', '10,000 streams'];
publish('bench:memory', `${conditions()}\n\n${table(head, rows)}`);

async function ingest(): Promise<Server> {
  const process = await startIngest({ ...env, VALKEY_ADDR: valkey.addr }, checkout.path);
  return Object.assign(process, { port: process.grpcPort });
}

/** @returns the memory of a new process when idle, and at the end of each group of loads */
async function startAndLoad(start: Start, loads: readonly (readonly Regime[])[]): Promise<number[]> {
  await using server = await start();
  await sleep(START_MS);
  const memory = [memoryOf(server.pid)];
  for (const group of loads) {
    let last = Number.NaN;
    for (const regime of group) {
      [last = Number.NaN] = (await measure(server.port, [server.pid], loadOf(regime, seconds))).memory;
    }
    memory.push(last);
  }
  return memory;
}
