import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startIngest, startValkey } from '@activescale/devkit';
import { startDiscard } from './lib/discard.ts';
import { type LoadSpec, type Measured, measure } from './lib/measure.ts';
import { linePlot } from './lib/plot.ts';
import { fitLine } from './lib/regression.ts';
import { conditions, publish } from './lib/report.ts';
import { table } from './lib/table.ts';

// What ingest costs by the number of streams, each on its own connection with a flush of 13 KB each 5 s; for the
// largest number also what a server costs that only discards them.
//   npm run bench:scale [-- --write] [--streams 1,10,100,1000] [--seconds 20]
const FLUSH_S = 5;
const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '1,2,4,10,100,1000,2000,4000,7000,10000' },
    seconds: { type: 'string', default: '20' },
    write: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);

interface Point {
  readonly streams: number;
  /** CPU of ingest and of Valkey, shares of a core. */
  readonly cpu: number;
  readonly valkeyCpu: number;
  /** Resident memory of ingest, and what Valkey says it uses, in MiB. */
  readonly memory: number;
  readonly valkeyMemory: number;
}

const sizes = values.streams.split(',').map(Number);
const points: Point[] = [];
for (const streams of sizes) points.push(await measureAt(streams));
const most = Math.max(...sizes);
const floor = await measureDiscarding(most);

const rows = points.map(({ streams, cpu, valkeyCpu, memory, valkeyMemory }) => [
  String(streams),
  (100 * cpu).toFixed(1),
  (100 * valkeyCpu).toFixed(1),
  memory.toFixed(0),
  valkeyMemory.toFixed(0),
]);
const head = ['streams', 'ingest, % of a core', 'Valkey, %', 'ingest, MiB resident', 'Valkey, MiB resident'];
const per = (of: (point: Point) => number) => fitLine(points.map((point) => [point.streams, of(point)]));
const [cpu, memory, valkeyMemory] = [
  per(({ cpu }) => cpu),
  per((point) => point.memory),
  per((point) => point.valkeyMemory),
];
const fits = [
  `Each further 1,000 streams cost ${(100_000 * cpu.slope).toFixed(2)} ± ${(100_000 * cpu.error).toFixed(2)} % of a core (R² ${cpu.r2.toFixed(3)}),`,
  `${(1_000 * memory.slope).toFixed(1)} ± ${(1_000 * memory.error).toFixed(1)} MiB in ingest (R² ${memory.r2.toFixed(3)}),`,
  `${(1_000 * valkeyMemory.slope).toFixed(1)} ± ${(1_000 * valkeyMemory.error).toFixed(1)} MiB in Valkey.`,
].join(' ');
const atMost = points.find(({ streams }) => streams === most)?.cpu ?? Number.NaN;
const ratio = `A grpc-js server that discards the messages of ${most} streams takes ${(100 * floor).toFixed(1)} % of a core; ingest takes ${(atMost / floor).toFixed(2)} times as much.`;
publish('bench:scale', `${conditions()}\n\n${table(head, rows)}\n\n${fits}\n\n${ratio}`);
if (values.write) {
  const plot = linePlot({
    title: `CPU of ingest by streams (a flush of 13 KB each ${FLUSH_S} s)`,
    x: 'streams',
    y: '% of a core',
    points: points.map((point) => [point.streams, 100 * point.cpu]),
    line: [100 * cpu.intercept, 100 * cpu.slope],
  });
  writeFileSync(join(import.meta.dirname, '../../docs/cost-over-load.svg'), plot);
}

/** Each size has its own servers: memory is not given back. */
async function measureAt(streams: number): Promise<Point> {
  await using valkey = await startValkey();
  await using ingest = await startIngest({ VALKEY_ADDR: valkey.addr });
  const measured = await measure(ingest.grpcPort, [ingest.pid, valkey.pid], load(streams));
  const [cpu = Number.NaN, valkeyCpu = Number.NaN] = shares(measured);
  const [memory = Number.NaN, valkeyMemory = Number.NaN] = measured.memory;
  return { streams, cpu, valkeyCpu, memory, valkeyMemory };
}

async function measureDiscarding(streams: number): Promise<number> {
  await using discard = await startDiscard('grpc');
  const [cpu = Number.NaN] = shares(await measure(discard.port, [discard.pid], load(streams)));
  return cpu;
}

function load(streams: number): LoadSpec {
  return { file: 'envoy/default.bin', skip: 3, streams, rate: 1 / FLUSH_S, warm: 2 * FLUSH_S, seconds };
}

/** CPU in shares of a core. */
function shares({ cpu, messagesPerSecond }: Measured): number[] {
  return cpu.map((us) => (us * messagesPerSecond) / 1e6);
}
