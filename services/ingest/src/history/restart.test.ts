import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ScopeStats, startFlush } from '../flush/flush.ts';
import type { CounterMode } from '../flush/flush-facts.ts';
import { advance, NO_HISTORY } from './history.ts';

const FACTS = {
  active: 0,
  upstreamActive: 0,
  pending: 0,
  sent: 0,
  provenZero: 0,
  unrecognized: false,
  unknown: 0,
};

interface Seen
  extends Partial<Pick<ScopeStats, 'active' | 'started' | 'completed' | 'errors' | 'durations'>> {
  /** Ms by Envoy's clock, and ours. */
  readonly at: number;
  readonly uptime: number;
}

/** The last slot of a pod with one scope, of which a flush without counters has no stats. */
function lastSlot(flushes: readonly Seen[], mode: CounterMode = 'cumulative') {
  let history = NO_HISTORY;
  for (const { at, uptime, ...seen } of flushes) {
    const flush = startFlush(at);
    flush.uptime = uptime;
    flush.arrival = at;
    const unused = { active: 0, upgrades: undefined, started: undefined, completed: undefined };
    const unseen = { errors: undefined, reset: undefined, durations: undefined };
    const scope = { name: 'inbound', prefix: 'http.inbound', port: '', ...unused, ...unseen };
    if (seen.started !== undefined) flush.scopes.add({ ...scope, ...seen });
    history = advance(history, flush, FACTS, { mode, resetsEnd: true });
  }
  const { started, completed, errors, mean } = history.slots.newest ?? {};
  return { started, completed, errors, mean };
}

test('a restart counts from zero even where no counter is below its last value', () => {
  const before = [
    { at: 1_000, uptime: 100, started: 15, completed: 15, errors: 5 },
    { at: 2_000, uptime: 101, active: 1, started: 16, completed: 15, errors: 5 },
  ];
  const first = { at: 4_000, uptime: 1, active: 7, started: 16 };
  const second = { at: 5_000, uptime: 2, active: 5, started: 17, completed: 12, errors: 1 };
  assert.deepEqual(lastSlot([...before, first]), { started: 16, completed: 0, errors: 0, mean: 3.5 });
  assert.deepEqual(lastSlot([...before, first, second]), { started: 1, completed: 12, errors: 1, mean: 6 });
});

test('a scope that is idle at first after a restart begins at zero', () => {
  const flushes = [
    { at: 1_000, uptime: 100, started: 2 },
    { at: 2_000, uptime: 101, started: 2 },
    { at: 3_500, uptime: 0 },
    { at: 4_500, uptime: 1 },
    { at: 5_500, uptime: 2, started: 2 },
  ];
  assert.equal(lastSlot(flushes).started, 2);
});

test('requests that never ended before a restart do not count after it', () => {
  const streams = Array.from({ length: 10 }, (_, i) => {
    return { at: 5_000 * i, uptime: 5 * i, active: 200, started: 200 };
  });
  const durations = { count: 100, sum: 150_000, buckets: [], quantiles: [] };
  const after = (flushes: number, mode: CounterMode) =>
    Array.from({ length: flushes }, (_, i) => {
      const count = mode === 'delta' ? 100 : 100 * (i + 1);
      const counts = { started: count, completed: count, durations };
      return { at: 50_000 + 5_000 * i, uptime: 4 + 5 * i, active: 30, ...counts };
    });
  for (const mode of ['cumulative', 'delta'] as const)
    for (let flushes = 2; flushes <= 6; flushes++) {
      const { mean = 0 } = lastSlot([...streams, ...after(flushes, mode)], mode);
      assert.ok(Math.abs(mean - 30) < 1, `${mode}: ${mean} after ${flushes} flushes`);
    }
});
