import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { start, startApi, startIngest, startValkey, until } from '@activescale/devkit';
import { openAdmin } from '@activescale/store/testing';
import { memoryOf } from '../bench/lib/cpu.ts';
import { conditions, publish } from '../bench/lib/report.ts';
import { table } from '../bench/lib/table.ts';
import { createQuery } from '../e2e/query.ts';
import { type Growth, growthOf } from './growth.ts';

// Half an hour of pods that come and go: memory stays flat, and Valkey keeps nothing of the dead.
//   SOAK_SECONDS=300 npm run soak [-- --streams 500] [--write]
// Exits with 1 if memory grows, a dead pod is answered, or a record outlives its time.
const { values } = parseArgs({
  options: { streams: { type: 'string', default: '2000' }, write: { type: 'boolean', default: false } },
});
const seconds = Number(process.env.SOAK_SECONDS ?? 1_800);
const streams = Number(values.streams);
const namespaces = 20;
/** Between two looks at the memory, in s. */
const LOOK_S = Math.min(5, seconds / 60);
/** METRIC_TTL of 20 s and 30 s more: the life of a record (docs/architecture.md), in ms. */
const RECORD_MS = 50_000;
/** The index of a namespace outlives its records, in ms. */
const INDEX_MS = 300_000;

/**
 * V8 lets garbage lie while there is room, for many minutes at this pace, which looks like a leak. With the heaps this
 * small, in MiB, it has to collect, and a leak ends the process.
 */
const heap = Math.round(64 + streams / 16);
const env = { NODE_OPTIONS: `--max-old-space-size=${heap}` };

await using valkey = await startValkey();
await using ingest = await startIngest({ ...env, VALKEY_ADDR: valkey.addr });
await using api = await startApi({ ...env, VALKEY_ADDR: valkey.addr, STANDALONE: 'true' });
await using query = createQuery(api.securePort);
using admin = openAdmin(valkey.port);
await using load = start({
  command: process.execPath,
  args: [
    join(import.meta.dirname, 'load.ts'),
    ...Object.entries({ port: ingest.grpcPort, pods: streams, namespaces }).flatMap(([name, value]) => [
      `--${name}`,
      String(value),
    ]),
  ],
});
await load.line((line) => line.includes('"event":"alive"') || undefined, 'its pods were alive');

const problems: string[] = [];
const memory = new Map<string, [number, number][]>([
  ['ingest, resident', []],
  ['api, resident', []],
  ['Valkey, used', []],
]);
const began = performance.now();
while (performance.now() - began < seconds * 1_000) {
  await Promise.all(Array.from({ length: namespaces }, (_, index) => query.ask(`soak-${index}`, '*')));
  const at = (performance.now() - began) / 1_000;
  const used = Number(/used_memory:(\d+)/.exec(await admin.redis.info('memory'))?.[1]) / 2 ** 20;
  for (const [index, series] of [...memory.values()].entries())
    series.push([at, [memoryOf(ingest.pid), memoryOf(api.pid), used][index] ?? Number.NaN]);
  await sleep(LOOK_S * 1_000);
}

const { oldest, newest } = lastAlive(load.logs());
const keys = await admin.redis.dbsize();
// Two keys for each pod that lives or has died in the last 50 s, and one for each namespace.
const most = 2 * (streams + RECORD_MS / 1_000 + 10) + namespaces;
if (keys > most) problems.push(`${keys} keys in Valkey, where at most ${most} can live`);
const answered = await Promise.all(
  Array.from({ length: namespaces }, (_, index) => query.ask(`soak-${index}`, '*')),
);
const pods = answered.flatMap((answer) => Object.keys(answer.values));
const dead = pods.filter((name) => Number(name.slice(4)) < oldest - 25);
if (dead.length > 0) problems.push(`${dead.length} dead pods are answered: ${dead.slice(0, 5).join()}`);
if (pods.length < streams) problems.push(`only ${pods.length} of ${streams} pods are answered`);

await load.stop();
const stopped = performance.now();
const empty = async () => (await admin.redis.keys('*:head:*')).length === 0;
await until(empty, { what: 'the last record to go', deadline: 2 * RECORD_MS, every: 500 });
const recordsGone = (performance.now() - stopped) / 1_000;
if (recordsGone > RECORD_MS / 1_000 + 5)
  problems.push(`the last record went only after ${recordsGone.toFixed(0)} s`);
await until(async () => (await admin.redis.dbsize()) === 0, {
  what: 'the last key to go',
  deadline: 2 * INDEX_MS,
  every: 1_000,
});
const allGone = (performance.now() - stopped) / 1_000;

const rows = [...memory].map(([name, series]) => {
  const growth = growthOf(series);
  if (growth.grows) problems.push(`${name} grows by ${growth.perHour.toFixed(1)} MiB an hour`);
  return [name, ...figures(growth)];
});
const head = ['MiB', 'at half time', 'at the end', 'slope an hour', 'its error'];
publish(
  'soak',
  [
    `${streams} streams with a flush a second for ${seconds} s; a pod starts and one ends every second, ${newest + 1} in all; heaps of at most ${heap} MiB. ${conditions()}`,
    table(head, rows),
    `At the end ${keys} keys in Valkey; the last record was gone ${recordsGone.toFixed(0)} s after the last flush, the last key ${allGone.toFixed(0)} s after.`,
  ].join('\n\n'),
  'docs/reliability.md',
);
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;

function figures({ middle, end, perHour, error }: Growth): string[] {
  return [middle, end, perHour, error].map((value) => value.toFixed(1));
}

function lastAlive(logs: string): { oldest: number; newest: number } {
  const line = logs.split('\n').findLast((each) => each.includes('"event":"alive"'));
  return JSON.parse(line ?? '{}');
}
