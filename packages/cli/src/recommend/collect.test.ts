import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOW, slotOf, slotsBytes } from '@activescale/metrics/testing';
import { ALL_STATS, STAT } from '@activescale/protocol/record';
import { readRecordSettings } from '../records/settings.ts';
import { addRecords, type Collected } from './collect.ts';

/** Peers prove nothing. */
const SETTINGS = readRecordSettings({ IDLE_AS_ZERO: 'never' });
const NOTHING: Collected = { pods: new Map(), unknown: new Map() };

/** A record with seconds of 100 requests that take 50 ms, ending `ends` seconds after NOW, newest first. */
function record(ends: readonly number[], sent: number = ALL_STATS): Buffer {
  const slots = ends.map((end) =>
    slotOf({ end: NOW + end * 1000, mean: 5, timed: 100, durations: 5_000, completed: 100, errors: 10 }),
  );
  return slotsBytes(slots, { arrival: NOW + (ends[0] ?? 0) * 1000, sent });
}

const read = (values: readonly (Buffer | null)[], after: number) => ({
  pods: values.map((_, i) => ({ name: `web-${i}` })),
  values,
  now: NOW + after * 1000,
});

function sums({ pods }: Collected, pod = 'web-0') {
  const cells = [...(pods.get(pod)?.cells.values() ?? [])];
  const sum = (pick: (cell: (typeof cells)[number]) => number) =>
    cells.reduce((all, cell) => all + pick(cell), 0);
  return {
    seconds: sum(({ time }) => time) / 1000,
    timed: sum(({ timed }) => timed),
    errors: sum(({ errors }) => errors),
  };
}

test('a slot counts once, in however many reads it is', () => {
  const first = addRecords(NOTHING, read([record([3, 2, 1])], 3), SETTINGS);
  assert.deepEqual(sums(first), { seconds: 3, timed: 300, errors: 30 });
  const again = addRecords(first, read([record([3, 2, 1])], 4), SETTINGS);
  assert.deepEqual(sums(again), sums(first));
  const second = addRecords(again, read([record([5, 4, 3, 2])], 5), SETTINGS);
  assert.deepEqual(sums(second), { seconds: 5, timed: 500, errors: 50 });
});

test('a pod without a record, or without a stat, has no evidence, and the reason is kept', () => {
  const withoutDurations = record([3, 2, 1], ALL_STATS & ~STAT.durations);
  const { pods, unknown } = addRecords(
    NOTHING,
    read([record([3, 2, 1]), null, withoutDurations], 3),
    SETTINGS,
  );
  assert.deepEqual([...pods.keys()], ['web-0']);
  assert.match(unknown.get('web-1') ?? '', /^no record/);
  assert.match(unknown.get('web-2') ?? '', /downstream_rq_time/);
});

test('unknown errors are not 0 errors', () => {
  const { pods } = addRecords(NOTHING, read([record([3, 2, 1], ALL_STATS & ~STAT.errors)], 3), SETTINGS);
  const [cell] = pods.get('web-0')?.cells.values() ?? [];
  assert.deepEqual([cell?.timed, cell?.completed, cell?.errors], [300, 0, 0]);
});
