import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare, holdSituations, startExplainBench } from '../e2e/cli/explain-bench.ts';
import { createRandom, generate } from '../e2e/cli/situations.ts';

const SITUATIONS = 16;
const RATIOS = ['0', '0.02', '0.1', '0.35'];

test(`explain predicts what the newest HPA wants in ${SITUATIONS} generated situations, each with tolerances of its HPA`, {
  timeout: 600_000,
}, async (t) => {
  await using of = await startExplainBench({ kubernetes: 'newest' });
  const random = createRandom(11);
  const ratio = () => RATIOS[Math.floor(random() * RATIOS.length)] ?? '0';
  const situations = Array.from({ length: SITUATIONS }, (_, i) => {
    const situation = generate(`n${i}`, random);
    return { ...situation, tolerance: { up: ratio(), down: ratio() } };
  });
  using _held = await holdSituations(of, situations);
  const { differ, explained } = await compare(of, situations, (text) => t.diagnostic(text));
  assert.deepEqual(differ, []);
  const steps = explained.flatMap(({ metrics }) => metrics.flatMap((metric) => metric.steps ?? []));
  const within = steps.flatMap(
    (step) => /within the tolerance of (\S+) to (\S+):/.exec(step)?.slice(1) ?? [],
  );
  assert.ok(
    within.some((bound) => !['0.9', '1.1'].includes(bound)),
    'no tolerance of an HPA has decided',
  );
});
