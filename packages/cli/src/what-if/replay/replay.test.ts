import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ReplayedMetric } from '../series/load-series.ts';
import type { Setting } from '../settings/setting.ts';
import { METRIC, seriesOf } from '../testing/series.ts';
import { replay, type Span } from './replay.ts';
import { segmentsOf } from './segments.ts';

const SETTING: Setting = {
  name: 'today',
  targets: [10_000],
  min: 1,
  max: 20,
  behavior: { scaleDown: { stabilizationWindowSeconds: 0 } },
  tolerance: { up: 0.1, down: 0.1 },
  syncPeriod: 15_000,
  podStart: 20_000,
  window: undefined,
};

/** Each number of replicas with the second from which on it holds. */
function steps(spans: readonly Span[], of: (span: Span) => number = ({ replicas }) => replicas) {
  return spans.flatMap((span, i) => {
    const before = spans[i - 1];
    return before !== undefined && of(before) === of(span) ? [] : [[span.from / 1000, of(span)]];
  });
}

function replayed(
  loads: readonly (number | undefined)[],
  setting: Partial<Setting> = {},
  { replicas = 2, metric = METRIC }: { replicas?: number; metric?: ReplayedMetric } = {},
) {
  const segments = segmentsOf(seriesOf(loads));
  return replay({ metrics: [metric], segments, replicas }, { ...SETTING, ...setting });
}

const constant = (load: number, seconds: number) => Array.from({ length: seconds }, () => load);

test('the HPA decides at the start and in each sync period, and pods become ready after their start', () => {
  const spans = replayed([...constant(20, 20), ...constant(60, 60)]);
  assert.deepEqual(steps(spans), [
    [0, 2],
    [30, 6],
  ]);
  assert.deepEqual(
    steps(spans, ({ ready }) => ready),
    [
      [0, 2],
      [50, 6],
    ],
  );
});

test('the policies and the stabilization window of a behavior hold over the whole replay', () => {
  const policies = [{ type: 'Pods', value: 1, periodSeconds: 30 }];
  const up = replayed(constant(60, 100), { behavior: { scaleUp: { policies } } });
  assert.deepEqual(steps(up), [
    [0, 3],
    [30, 4],
    [60, 5],
    [90, 6],
  ]);
  const behavior = { scaleDown: { stabilizationWindowSeconds: 60 } };
  const down = replayed([...constant(60, 20), ...constant(20, 100)], { behavior }, { replicas: 6 });
  assert.deepEqual(steps(down), [
    [0, 6],
    [75, 2],
  ]);
});

test('an HPA without a behavior waits five minutes before it scales in', () => {
  const spans = replayed(
    [...constant(60, 20), ...constant(20, 400)],
    { behavior: undefined },
    { replicas: 6 },
  );
  assert.deepEqual(steps(spans), [
    [0, 6],
    [315, 2],
  ]);
});

test('pending pods count as the controller counts them for a metric of type Pods', () => {
  const pods = { ...METRIC, type: 'Pods' } as const;
  const loads = [...constant(30, 20), ...constant(44, 80)];
  // Two ready pods have 15 each: 3 are wanted. At 30 s the third is pending, which counts as 0: 44 / 3 = 14.7.
  const spans = replayed(loads, { podStart: 40_000 }, { metric: pods });
  assert.deepEqual(steps(spans), [
    [0, 3],
    [30, 5],
  ]);
  // While no pod is ready there is no value, and the HPA keeps its replicas.
  const none = replayed(constant(90, 60), { min: 4, podStart: 3_600_000 }, { metric: pods, replicas: 0 });
  assert.deepEqual(steps(none), [[0, 0]]);
});

test('the HPA keeps its replicas while the load is unknown', () => {
  const unknown = Array.from({ length: 60 }, () => undefined);
  const spans = replayed([...constant(60, 10), ...unknown, ...constant(20, 60)]);
  assert.deepEqual(steps(spans), [
    [0, 6],
    [75, 2],
  ]);
});

test('a window smooths the load that the HPA reads', () => {
  const burst = [...constant(20, 14), ...constant(100, 2), ...constant(20, 44)];
  assert.deepEqual(steps(replayed(burst)), [
    [0, 2],
    [15, 6],
    [30, 2],
  ]);
  assert.deepEqual(steps(replayed(burst, { window: 60_000 })), [
    [0, 2],
    [15, 3],
  ]);
});

test('a workload at 0 wakes by a metric of type Object, within minReplicas and maxReplicas', () => {
  const spans = replayed([...constant(0, 30), ...constant(250, 60)], { min: 0 }, { replicas: 1 });
  assert.deepEqual(steps(spans), [
    [0, 0],
    [30, 4],
    [45, 8],
    [60, 16],
    [75, 20],
  ]);
});

test('whatever the load, replicas stay in range, spans follow each other, and a constant load settles', () => {
  const load = fc.option(fc.integer({ min: 0, max: 400 }), { nil: undefined, freq: 10 });
  const setting = fc.record({
    targets: fc.tuple(fc.integer({ min: 500, max: 50_000 })),
    min: fc.integer({ min: 1, max: 5 }),
    max: fc.integer({ min: 5, max: 30 }),
    syncPeriod: fc.integer({ min: 1, max: 40 }).map((s) => s * 1_000),
    podStart: fc.integer({ min: 0, max: 90 }).map((s) => s * 1_000),
    window: fc.option(
      fc.integer({ min: 1, max: 90 }).map((s) => s * 1_000),
      { nil: undefined },
    ),
    behavior: fc.constantFrom(undefined, {}, SETTING.behavior),
  });
  const type = fc.constantFrom('Pods', 'Object', 'External');
  fc.assert(
    fc.property(fc.array(load, { minLength: 1, maxLength: 200 }), setting, type, (loads, fields, type) => {
      const metric = { ...METRIC, type };
      const spans = replayed(loads, fields, { metric, replicas: fields.min });
      let end = 0;
      for (const { from, to, replicas, ready } of spans) {
        assert.ok(from === end && to > from, `${from} to ${to} after ${end}`);
        assert.ok(
          replicas >= fields.min && replicas <= fields.max && ready <= replicas,
          `${ready} of ${replicas}`,
        );
        end = to;
      }
      assert.equal(end, loads.length * 1_000);
      const settled = replayed(
        constant(77, 900),
        { ...fields, podStart: 0 },
        { metric, replicas: fields.min },
      );
      const wanted = Math.min(fields.max, Math.max(fields.min, Math.ceil(77_000 / fields.targets[0])));
      const last = settled.at(-1)?.replicas ?? 0;
      // Within the tolerance the HPA stays where it is.
      assert.ok(Math.abs(last - wanted) <= Math.ceil(wanted * 0.12), `${last} instead of ${wanted}`);
    }),
    { numRuns: 200 },
  );
});

test('a sample counts for three steps, and after that the load is unknown', () => {
  const at = (second: number, load: number | undefined) => ({
    at: 1_000 * second,
    loads: [load],
    replicas: 2,
    ready: 2,
  });
  const segments = segmentsOf({ step: 1_000, samples: [at(5, 10), at(7, 20), at(30, 30)] });
  assert.deepEqual(
    segments.map(({ from, to, loads }) => [from / 1000, to / 1000, loads[0]]),
    [
      [0, 2, 10],
      [2, 5, 20],
      [5, 25, undefined],
      [25, 26, 30],
    ],
  );
});
