import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptySlot } from '@activescale/protocol/record';
import type { ScopeStats } from '../flush/flush.ts';
import type { CounterMode } from '../flush/flush-facts.ts';
import { CarryMemory } from './carry-memory.ts';
import type { Interval } from './interval.ts';
import { addScope } from './scope-facts.ts';

const SECOND: Interval = { kind: 'regular', length: 1_000 };

type Counters = Partial<Pick<ScopeStats, 'started' | 'completed' | 'errors' | 'reset'>>;

/** The slot of the last of these flushes of a scope, without gauges. */
function slotAfter(flushes: readonly Counters[], interval = SECOND, mode: CounterMode = 'cumulative') {
  let previous = new CarryMemory();
  let slot = emptySlot();
  for (const [i, counters] of flushes.entries()) {
    const unused = { started: undefined, completed: undefined, errors: undefined, reset: undefined };
    const gauges = { active: 0, upgrades: undefined, durations: undefined };
    const stats = { name: 'inbound', prefix: 'http.inbound', ...unused, ...gauges, ...counters };
    const next = new CarryMemory();
    slot = emptySlot();
    const since: Interval = i === 0 ? { kind: 'first', length: 0 } : interval;
    addScope(slot, stats, previous.find('inbound', 0), since, mode, next.scopeAt(0));
    next.endScopes(1);
    previous = next;
  }
  const { started, completed, errors, reset } = slot;
  return { started, completed, errors, reset };
}

test('one counter that falls shows that all of its scope were reset', () => {
  const before = { started: 100, completed: 99, errors: 5, reset: 0 };
  const after = { started: 40, completed: 40, errors: 12, reset: 1 };
  assert.deepEqual(slotAfter([before, after]), after);
  assert.deepEqual(slotAfter([before, after], { kind: 'restart', length: 1_000 }), after);
});

test('a counter that is not there after a reset counts from zero when it is used', () => {
  const before = { started: 100, completed: 99, errors: 5 };
  const reset = { started: 10, completed: 10 };
  const failing = { started: 30, completed: 30, errors: 8 };
  assert.deepEqual(slotAfter([before, reset, failing]), { started: 20, completed: 20, errors: 8, reset: 0 });
});

test('of the first flush nothing counts, as nobody knows since when it counts', () => {
  const nothing = { started: 0, completed: 0, errors: 0, reset: 0 };
  for (const mode of ['cumulative', 'delta'] as const)
    assert.deepEqual(slotAfter([{ started: 100, completed: 99, errors: 5 }], SECOND, mode), nothing);
});
