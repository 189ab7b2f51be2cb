import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_STATS, type Head, type Slot } from '@activescale/protocol/record';
import fc from 'fast-check';
import { builtInCatalogue } from './catalogue.ts';
import { isDemand, kindOfSum, type Metric, SIGNALS, type Signal } from './metric.ts';
import { aggregate, podValues } from './pod-values.ts';
import type { Omission, Sample } from './samples.ts';
import { headOf, NOW, slotOf, slotsBytes } from './testing/records.ts';

function sample(
  name: string,
  slots: readonly Slot[],
  { bounds = [10, 100], ...fields }: Partial<Head> & { bounds?: readonly number[] } = {},
): Sample {
  const head = headOf({ arrival: slots[0]?.end ?? NOW, ...fields });
  return { name, head, record: slotsBytes(slots, { ...head, bounds }), measured: ALL_STATS };
}

function metric(name: string): Metric {
  const found = builtInCatalogue.get(name);
  assert.ok(found);
  return found;
}

/** A minute of slots that are all alike, of five seconds each. */
function minute(fields: Partial<Slot>, end = NOW): Slot[] {
  return Array.from({ length: 12 }, (_, i) => slotOf({ ...fields, end: end - i * 5_000, length: 5_000 }));
}

function valuesOf(name: string, ...samples: readonly Sample[]) {
  const omitted: Omission[] = [];
  const values = podValues(samples, metric(name), (why) => omitted.push(why));
  return { values: values.map(({ value }) => value), omitted };
}

const BUSY = {
  mean: 2,
  largest: 5,
  upstreamLargest: 4,
  started: 150,
  completed: 20,
  errors: 5,
  timed: 20,
  durations: 1_000,
  buckets: [0, 10, 1, 10],
};

test('every metric of pods from one minute of a pod', () => {
  const pod = sample('a', minute(BUSY), { active: 3, upstreamActive: 2, pending: 1 });
  const expected: Record<string, number> = {
    active_requests: 3,
    active_requests_mean_1m: 2,
    active_requests_mean_10s: 2,
    active_requests_max_1m: 5,
    upstream_active_requests: 2,
    upstream_active_requests_max_1m: 4,
    pending_requests: 1,
    requests_per_second: 30,
    request_duration_seconds_mean: 0.05,
    request_duration_seconds_p50: 0.01,
    request_duration_seconds_p95: 0.091,
    request_duration_seconds_p99: 0.0982,
    request_error_ratio: 0.25,
  };
  const ofPods = [...builtInCatalogue.values()].filter((each) => !isDemand(each));
  assert.deepEqual(
    Object.keys(expected),
    ofPods.map(({ name }) => name),
  );
  for (const [name, value] of Object.entries(expected)) {
    const [found = Number.NaN] = valuesOf(name, pod).values;
    assert.ok(Math.abs(found - value) < 1e-9, `${name}: ${found}`);
  }
});

test('windowSeconds is the time that a value is taken over, and only values over a window have it', () => {
  const young = sample('young', minute(BUSY).slice(0, 2));
  const [over] = podValues([young], metric('active_requests_mean_1m'), assert.fail);
  assert.deepEqual(over, { name: 'young', timestamp: NOW, value: 2, windowSeconds: 10 });
  const [last] = podValues([young], metric('active_requests'), assert.fail);
  assert.deepEqual(last, { name: 'young', timestamp: NOW, value: 1 });
});

test('a pod with one flush has its gauge as its mean, and no rate yet', () => {
  const pod = sample('a', [slotOf({ end: NOW, length: 0, active: 4, mean: 4, largest: 4 })]);
  assert.deepEqual(valuesOf('active_requests_mean_1m', pod), { values: [4], omitted: [] });
  assert.deepEqual(valuesOf('requests_per_second', pod), { values: [], omitted: ['too_little'] });
});

test('without requests a load is 0, and durations and errors are unknown', () => {
  const quiet = sample('a', minute({}), { sent: 0, active: 9 });
  for (const name of ['active_requests', 'active_requests_mean_1m', 'requests_per_second']) {
    assert.deepEqual(valuesOf(name, quiet), { values: [0], omitted: [] }, name);
  }
  for (const name of [
    'request_duration_seconds_mean',
    'request_duration_seconds_p95',
    'request_error_ratio',
  ]) {
    assert.deepEqual(valuesOf(name, quiet), { values: [], omitted: ['too_little'] }, name);
  }
});

test('a value that cannot be read is omitted, and the others stay', () => {
  const broken = sample('broken', minute(BUSY));
  const cut = { ...broken, record: broken.record.subarray(0, broken.record.length - 5) };
  const found = valuesOf('active_requests_mean_1m', cut, sample('whole', minute(BUSY)));
  assert.deepEqual(found, { values: [2], omitted: ['corrupt'] });
});

test('loads are added up; the sum is as old as its oldest part, over the longest window', () => {
  const pods = [sample('a', minute(BUSY)), sample('b', minute(BUSY, NOW - 3_000).slice(0, 5))];
  assert.deepEqual(aggregate(pods, metric('active_requests_mean_1m'), assert.fail), {
    value: { timestamp: NOW - 3_000, value: 4, windowSeconds: 60 },
    pods: 2,
  });
});

test('durations and errors are those of all requests together, not means of means', () => {
  const slow = sample('slow', minute({ completed: 1, errors: 1, timed: 1, durations: 900, buckets: [1, 1] }));
  const fast = sample('fast', minute({ completed: 9, timed: 9, durations: 90, buckets: [0, 9] }));
  const of = (name: string) => aggregate([slow, fast], metric(name), assert.fail).value?.value ?? Number.NaN;
  assert.ok(Math.abs(of('request_duration_seconds_mean') - 0.099) < 1e-9);
  assert.ok(Math.abs(of('request_error_ratio') - 0.1) < 1e-9);
  assert.ok(Math.abs(of('request_duration_seconds_p50') - 0.01 * (5 / 9)) < 1e-9);
  assert.ok(Math.abs(of('request_duration_seconds_p95') - (0.01 + 0.09 * 0.5)) < 1e-9);
});

test('pods that have too few samples each have a quantile together', () => {
  const pod = (name: string) =>
    sample(name, [slotOf({ end: NOW, timed: 10, durations: 50, buckets: [0, 10] })]);
  assert.deepEqual(valuesOf('request_duration_seconds_p50', pod('a'), pod('b')).omitted, [
    'too_little',
    'too_little',
  ]);
  const { value } = aggregate([pod('a'), pod('b')], metric('request_duration_seconds_p50'), assert.fail);
  assert.deepEqual(value, { timestamp: NOW, value: 0.005, windowSeconds: 1 });
});

test('whatever slots say, a value is a number and not negative', () => {
  const metrics = Object.entries(SIGNALS).flatMap(([signal, { functions }]) =>
    // A held value needs several records.
    functions
      .filter((kind) => kind !== 'held')
      .map(
        (kind): Metric => ({
          name: `${signal} ${kind}`,
          signal: signal as Signal,
          function: kind,
          ...(kind !== 'last' && { window: 60_000 }),
          ...(kind === 'quantile' && { quantile: 0.9 }),
        }),
      ),
  );
  const any = fc.nat({ max: 2 ** 31 - 1 });
  const slot = fc.record({ length: any, mean: any, started: any, completed: any, errors: any, timed: any });
  const more = fc.record({ durations: any, buckets: fc.tuple(any, any).map((pair) => [...pair]) });
  // A record whose bounds do not rise is refused where it is read.
  const bound = fc.double({ min: Number.MIN_VALUE, noNaN: true, noDefaultInfinity: true });
  const record = fc.record({
    slots: fc.array(fc.tuple(slot, more), { minLength: 1, maxLength: 5 }),
    bounds: fc.uniqueArray(bound, { maxLength: 5 }).map((bounds) => bounds.toSorted((a, b) => a - b)),
  });
  fc.assert(
    fc.property(record, ({ slots, bounds }) => {
      const pod = sample(
        'a',
        slots.map(([one, two], i) => slotOf({ ...one, ...two, end: NOW - i * 1_000 })),
        { bounds },
      );
      for (const each of metrics) {
        const values = podValues([pod, pod], each, () => {}).map(({ value }) => value);
        const together = aggregate([pod, pod], each, () => {}).value?.value ?? 0;
        for (const value of [...values, together]) {
          assert.ok(Number.isFinite(value) && value >= 0, `${each.name}: ${value}`);
        }
        if (kindOfSum(each) === 'sum' && values.length === 2) assert.equal(together, 2 * (values[0] ?? 0));
      }
    }),
  );
});
