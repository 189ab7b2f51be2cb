import { parseArgs } from 'node:util';
import { startIngest, startValkey } from '@activescale/devkit';
import { type LoadSpec, type Measured, measure } from './lib/measure.ts';
import { conditions, publish } from './lib/report.ts';
import { median } from './lib/statistics.ts';
import { table } from './lib/table.ts';

// CPU of a flush with DEMAND_FROM=gateways, against the same flush with DEMAND_FROM=off, turn by turn in one run: of gateways,
// and of sidecars, which do not report demand then.
//   npm run bench:demand [-- --write] [-- --seconds 8 --turns 3]

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    turns: { type: 'string', default: '5' },
    write: { type: 'boolean' },
  },
});
const turns = Number(values.turns);

const seconds = Number(values.seconds);
/** Warm until a new stream has written all of its destinations, and idle ones again. */
const GATEWAYS = {
  file: 'bench/clusters-410.bin.gz',
  skip: 0,
  streams: 20,
  rate: 1,
  warm: 8,
  seconds,
  destinations: 300,
};
const SIDECARS = { file: 'envoy/default.bin', skip: 3, streams: 100, rate: 5, warm: 2, seconds };
/** The stats that Istio's filter must include (docs/proxies/istio.md). */
const DEMAND_STATS = String.raw`^(cluster\.outbound\|.*;\.upstream_(rq_(active|total|completed|5xx|time|pending_active|pending_overflow)|cx_none_healthy)|http\.outbound_.*;\.downstream_rq_(active|total|completed|5xx|rx_reset|time))$`;
const LOADS: readonly (LoadSpec & { readonly name: string })[] = [
  { name: 'gateway, all stats, 30 of 300 busy', ...GATEWAYS, busy: 30 },
  { name: 'gateway, all stats, none of 300 busy', ...GATEWAYS, busy: 0 },
  { name: 'gateway, stats of demand, 30 of 300 busy', ...GATEWAYS, busy: 30, families: DEMAND_STATS },
  { name: 'sidecar, all stats', ...SIDECARS },
];

await using valkey = await startValkey();
const start = (from: string) =>
  startIngest({ VALKEY_ADDR: valkey.addr, DEMAND_FROM: from, KEY_PREFIX: from });
await using without = await start('off');
await using reporting = await start('gateways');

const rows: string[][] = [];
for (const { name, ...load } of LOADS) {
  const results: { off: Measured; on: Measured }[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const run = ({ grpcPort, pid }: { grpcPort: number; pid: number }) =>
      measure(grpcPort, [pid, valkey.pid], load);
    // Each is the first in every other turn, because the load of a shared machine drifts.
    const on = turn % 2 === 0 ? undefined : await run(reporting);
    const off = await run(without);
    results.push({ off, on: on ?? (await run(reporting)) });
  }
  const of = (pick: (turn: { off: Measured; on: Measured }) => number | undefined) =>
    median(results.map((turn) => pick(turn) ?? Number.NaN));
  const [first] = results;
  rows.push([
    name,
    ((first?.on.bytesPerMessage ?? 0) / 1_024).toFixed(0),
    of(({ off }) => off.cpu[0]).toFixed(0),
    of(({ on }) => on.cpu[0]).toFixed(0),
    of(({ off, on }) => (on.cpu[0] ?? Number.NaN) / (off.cpu[0] ?? Number.NaN)).toFixed(2),
    of(({ on }) => on.cpu[1]).toFixed(0),
  ]);
}

const head = ['flush', 'KiB', 'DEMAND_FROM=off, µs', 'gateways, µs', 'ratio', 'Valkey, µs'];
publish(
  'bench:demand',
  `CPU per flush, medians of ${turns} turns of ${values.seconds} s, and of their ratios; 20 gateways × 1/s, 100 sidecars × 5/s.\n${conditions()}\n\n${table(head, rows)}`,
);
