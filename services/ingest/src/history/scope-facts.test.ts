import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ScopeStats } from '../flush/flush.ts';
import type { CounterMode } from '../flush/flush-facts.ts';
import type { Interval } from './interval.ts';
import { changeOf, type ScopeChange } from './scope-facts.ts';

const SECOND: Interval = { kind: 'regular', length: 1_000 };

type Counters = Partial<Pick<ScopeStats, 'started' | 'completed' | 'errors' | 'reset'>>;

/** What the last of these flushes of a scope, without gauges, added to its counters. */
function addedBy(flushes: readonly Counters[], interval = SECOND, mode: CounterMode = 'cumulative') {
  let change: ScopeChange | undefined;
  for (const [i, counters] of flushes.entries()) {
    const unused = { started: undefined, completed: undefined, errors: undefined, reset: undefined };
    const gauges = { active: 0, upgrades: undefined, durations: undefined };
    const stats = { name: 'inbound', prefix: 'http.inbound', port: '', ...unused, ...gauges, ...counters };
    const since: Interval = i === 0 ? { kind: 'first', length: 0 } : interval;
    change = changeOf(stats, change?.checkpoint, since, { mode, resetsEnd: true });
  }
  assert.ok(change);
  const { started, completed, errors, reset } = change;
  return { started, completed, errors, reset };
}

test('one counter that falls shows that all of its scope were reset', () => {
  const before = { started: 100, completed: 99, errors: 5, reset: 0 };
  const after = { started: 40, completed: 40, errors: 12, reset: 1 };
  assert.deepEqual(addedBy([before, after]), after);
  assert.deepEqual(addedBy([before, after], { kind: 'restart', length: 1_000 }), after);
});

test('a counter that is not there after a reset counts from zero when it is used', () => {
  const before = { started: 100, completed: 99, errors: 5 };
  const reset = { started: 10, completed: 10 };
  const failing = { started: 30, completed: 30, errors: 8 };
  assert.deepEqual(addedBy([before, reset, failing]), { started: 20, completed: 20, errors: 8, reset: 0 });
});

test('the first flush has no counts, because their start is unknown', () => {
  const nothing = { started: 0, completed: 0, errors: 0, reset: 0 };
  for (const mode of ['cumulative', 'delta'] as const)
    assert.deepEqual(addedBy([{ started: 100, completed: 99, errors: 5 }], SECOND, mode), nothing);
});

test('after lost flushes, requests that ended without an answer do not count with the durations of the others', () => {
  // Two of 5 s were answered in the flush that arrived, one in the flush before, and 97 were aborted early.
  const durations = { count: 2, sum: 10_000, buckets: [5_000, 2], quantiles: [] };
  const scope = { name: 'inbound', prefix: 'http.inbound', port: '', upgrades: undefined, errors: undefined };
  const meanOf = (resetsEnd: boolean, after: Counters) => {
    const stats = { ...scope, active: 3, reset: undefined, completed: undefined, durations };
    const counting = { mode: 'cumulative', resetsEnd } as const;
    const before = { started: 9, completed: after.completed && 6, reset: after.reset && 0 };
    const first = changeOf({ ...stats, ...before }, undefined, SECOND, counting);
    const lost: Interval = { kind: 'lost', length: 10_000, lastPart: 5_000 };
    return changeOf({ ...stats, started: 109, ...after }, first.checkpoint, lost, counting).mean;
  };
  const all = meanOf(true, { completed: 9 });
  assert.ok(all > 2 && all < 3, String(all));
  assert.equal(meanOf(false, { completed: 9 }), all);
  for (const resetsEnd of [true, false]) {
    const hidden = meanOf(resetsEnd, {});
    assert.ok(hidden > 2 && hidden < 3, `nothing shows how many were answered: ${hidden}`);
  }
  const aborted = meanOf(true, { reset: 97 });
  assert.ok(aborted > 1.5 && aborted < 3, `those that were aborted are known: ${aborted}`);
});

test('requests that a destination rejected never count as in flight', () => {
  const durations = { count: 2, sum: 100, buckets: [], quantiles: [] };
  const scope = {
    name: 'outbound|80||web',
    prefix: 'cluster.outbound|80||web',
    port: '',
    active: 1,
    durations,
  };
  const unused = { upgrades: undefined, completed: undefined, errors: undefined };
  const afterRejecting = (reset: number, resetsEnd: boolean) => {
    const counting = { mode: 'cumulative', resetsEnd } as const;
    const first = changeOf({ ...scope, ...unused, started: 3, reset: 0 }, undefined, SECOND, counting);
    return changeOf({ ...scope, ...unused, started: 5 + reset, reset }, first.checkpoint, SECOND, counting);
  };
  const [none, rejected, aborted] = [
    afterRejecting(0, false),
    afterRejecting(50, false),
    afterRejecting(50, true),
  ];
  assert.deepEqual([rejected.started, rejected.reset], [52, 50]);
  assert.equal(rejected.mean, none.mean);
  assert.notEqual(aborted.mean, none.mean);
});
