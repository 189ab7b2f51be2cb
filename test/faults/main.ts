import { parseArgs } from 'node:util';
import { conditions, publish } from '../bench/lib/report.ts';
import { table } from '../bench/lib/table.ts';
import { FAULTS } from './lib/faults.ts';
import { KUBE_FAULT, runKubeFault } from './lib/kube-fault.ts';
import { type Outcome, runFault } from './lib/run-fault.ts';

// Every fault under a load whose every value is known; each answer is held against the truth.
//   npm run faults [-- --only REGEXP] [--pods 1000] [--hold SECONDS] [--write]
// Exits with 1 if an answer was wrong, or not right in time after the fault.
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    pods: { type: 'string', default: '1000' },
    hold: { type: 'string', default: '10' },
    write: { type: 'boolean', default: false },
  },
});

const flush = 1_000;
/** One flush and a second. */
const BOUND = flush + 1_000;
const sizes = {
  pods: { count: Number(values.pods), namespaces: 10 },
  flush,
  transit: 1_000,
  hold: Number(values.hold) * 1_000,
  settle: 8_000,
  deadline: 30_000,
};
const chosen = new RegExp(values.only);
const rows: string[][] = [];
const problems: string[] = [];

const runs = [
  ...FAULTS.map((fault) => ({ name: fault.name, run: () => runFault(fault, sizes) })),
  { name: KUBE_FAULT, run: () => runKubeFault(sizes) },
];
for (const { name, run } of runs.filter(({ name }) => chosen.test(name))) {
  const began = performance.now();
  const { tally, recovery, wrongs } = await run();
  rows.push(row(name, { tally, recovery, wrongs }));
  if (tally.wrong > 0) problems.push(`${name}: ${tally.wrong} wrong:\n  ${wrongs.join('\n  ')}`);
  if (recovery > BOUND) problems.push(`${name}: recovered only ${recovery} ms after the end of the fault`);
  const took = Math.round((performance.now() - began) / 1_000);
  process.stderr.write(`${rows.at(-1)?.join(' | ')} (${took} s)\n`);
}

const head = [
  'fault',
  'lists requested',
  'no list',
  'values',
  'wrong',
  'missing',
  'late',
  'slowest, ms',
  'recovery, s',
];
publish(
  'faults',
  `${sizes.pods.count} streams, a flush a second, METRIC_TTL 5 s, persistent faults last ${sizes.hold / 1_000} s.\n${conditions()}\n\n${table(head, rows)}`,
  'docs/reliability.md',
);
if (problems.length > 0) {
  process.stderr.write(`${problems.join('\n')}\n`);
  process.exitCode = 1;
}

function row(name: string, { tally, recovery }: Outcome): string[] {
  const { answers, failed, items, wrong, missing, late, slowest } = tally;
  const figures = [answers, failed, items, wrong, missing, late, slowest].map(String);
  return [name, ...figures, (recovery / 1_000).toFixed(1)];
}
