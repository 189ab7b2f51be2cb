import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ALL_STATS,
  ByteWriter,
  decodePodRecord,
  encodeDescription,
  encodeHead,
  type PodRecord,
  type Slot,
} from '@activescale/protocol/record';
import fc from 'fast-check';
import { type Flush, type ScopeStats, startFlush } from '../flush/flush.ts';
import type { CounterMode } from '../flush/flush-facts.ts';
import { advance, type History, historyOf, NO_HISTORY, writeHistory } from './history.ts';

const POD = {
  description: encodeDescription({ workload: 'web', ip: '10.1.0.7', labels: { app: 'web' } }),
  head: encodeHead({
    arrival: 1e12,
    flushLength: 1000,
    ip: '10.1.0.7',
    ipVerified: false,
    proxy: 'sidecar',
    active: 1,
    upstreamActive: 1,
    pending: 0,
    sent: ALL_STATS,
    provenZero: 0,
    filterShown: false,
    unrecognized: false,
    template: 1,
    proxyId: 1,
  }),
} as const;

/** The history with one more flush, with the facts that its scopes alone give. */
function withFlush(before: History, one: Flush, mode: CounterMode = 'cumulative'): History {
  const active = one.scopes.all.reduce((sum, scope) => sum + (scope.active ?? 0), 0);
  const gauges = { active, upstreamActive: 0, pending: 0 };
  const facts = { ...gauges, sent: ALL_STATS, provenZero: 0, unrecognized: false, unknown: 0 };
  return advance(before, one, facts, { mode, resetsEnd: true });
}

/** A history, flush after flush. */
function createHistory(mode: CounterMode, start = NO_HISTORY) {
  let history = start;
  return {
    put(...flushes: readonly Flush[]) {
      for (const one of flushes) history = withFlush(history, one, mode);
    },
    get value() {
      return history;
    },
  };
}

const BOUNDS = [10, 100, 1000];

interface Change extends Partial<Omit<ScopeStats, 'name' | 'prefix'>> {
  readonly scope?: string;
  readonly uptime?: number | undefined;
  readonly arrival?: number;
}

/** A flush with one scope; Envoy's clock and ours agree unless `arrival` says otherwise. */
function flush(
  timestamp: number,
  { scope = 'inbound', uptime, arrival = timestamp, ...stats }: Change,
): Flush {
  const unused = {
    active: 0,
    upgrades: 0,
    started: 0,
    completed: 0,
    errors: 0,
    reset: 0,
    durations: undefined,
  };
  const one = startFlush(timestamp);
  one.scopes.add({ name: scope, prefix: `http.${scope}`, port: '', ...unused, ...stats });
  one.uptime = uptime;
  one.arrival = arrival;
  return one;
}

function withoutScopes({ scopes: _, ...rest }: Flush): Flush {
  return { ...startFlush(rest.timestamp), ...rest };
}

function addScopes(to: Flush, from: Flush): void {
  for (const stats of from.scopes.all) to.scopes.add(stats);
}

/** So many requests that took so many ms each, all in the bucket up to 100 ms. */
function took(count: number, ms: number): NonNullable<ScopeStats['durations']> {
  return { count, sum: count * ms, buckets: [10, 0, 100, count, 1000, count], quantiles: [] };
}

function record(history: History): PodRecord {
  return decodePodRecord(encode(history));
}

function encode(history: History): Buffer {
  const writer = new ByteWriter();
  writeHistory(writer, history, POD);
  return writer.from(0);
}

function newest(history: History): Slot {
  const [slot] = record(history).slots;
  assert.ok(slot);
  return slot;
}

test('a flush becomes a slot of what was added since the one before', () => {
  const history = createHistory('cumulative');
  history.put(flush(1000, { active: 2, started: 1000, completed: 990, errors: 5, reset: 1 }));
  history.put(
    flush(2000, { active: 4, started: 1100, completed: 1089, errors: 7, reset: 2, durations: took(97, 50) }),
  );
  const slot = newest(history.value);
  assert.deepEqual(
    [
      slot.length,
      slot.active,
      slot.started,
      slot.completed,
      slot.errors,
      slot.reset,
      slot.timed,
      slot.durations,
    ],
    [1000, 4, 100, 99, 2, 1, 97, 4850],
  );
  assert.deepEqual(slot.buckets, [1, 97]);
  assert.deepEqual(record(history.value).bounds, [BOUNDS]);
  assert.ok(Math.abs(slot.mean - 4.85) < 0.3, String(slot.mean));
  assert.equal(slot.largest, 5); // a mean above 4 needs five at once
});

test('a histogram that counts nothing has no buckets, whatever it says', () => {
  const history = createHistory('cumulative');
  history.put(flush(1000, { active: 1, durations: took(1, 50) }));
  history.put(flush(2000, { active: 1, durations: { ...took(5, 50), count: 0 } }));
  assert.deepEqual([newest(history.value).timed, newest(history.value).buckets], [0, []]);
});

test('with counters as deltas a flush is what it says', () => {
  const history = createHistory('delta');
  history.put(flush(1000, { active: 2, started: 100 }));
  history.put(flush(2000, { active: 2, started: 120, completed: 119, errors: 1 }));
  const { started, completed, errors } = newest(history.value);
  assert.deepEqual([started, completed, errors], [120, 119, 1]);
});

test('with counters as deltas an interval in which flushes were lost counts nothing and covers nothing', () => {
  const history = createHistory('delta');
  for (let i = 1; i <= 3; i++) history.put(flush(i * 1000, { active: 2, started: 100 }));
  history.put(flush(9000, { active: 2, started: 100 }));
  assert.deepEqual([newest(history.value).started, newest(history.value).length], [0, 0]);
  history.put(flush(10_000, { active: 2, started: 100 }));
  assert.deepEqual([newest(history.value).started, newest(history.value).length], [100, 1000]);
});

test('several scopes are summed', () => {
  const history = createHistory('cumulative');
  for (const timestamp of [1000, 2000]) {
    const both = flush(timestamp, { scope: 'a', active: 3, started: timestamp });
    addScopes(both, flush(timestamp, { scope: 'b', active: 4, started: 2 * timestamp }));
    history.put(both);
  }
  const { active, started, mean } = newest(history.value);
  assert.deepEqual([active, started, mean], [7, 3000, 7]);
});

test('a scope that is used for the first time began at zero, and the first flush of a stream knows nothing', () => {
  const history = createHistory('cumulative');
  history.put(flush(1000, { started: 1_000_000, durations: took(50, 20) }));
  const { started, timed, durations, buckets } = newest(history.value);
  assert.deepEqual([started, timed, durations, buckets], [0, 0, 0, []]);
  history.put(flush(2000, { started: 1_000_000 }));
  const later = flush(3000, { started: 1_000_000 });
  addScopes(later, flush(3000, { scope: 'new', started: 7 }));
  history.put(later);
  assert.equal(newest(history.value).started, 7);
});

test('upgraded connections are counted by their gauge', () => {
  const history = createHistory('cumulative');
  history.put(flush(1000, { active: 10, upgrades: 10 }));
  history.put(flush(2000, { active: 10, upgrades: 10, started: 100, durations: took(100, 20) }));
  assert.ok(Math.abs(newest(history.value).mean - 12) < 0.2);
});

test('a mean that is estimated a little above the true peak does not raise it', () => {
  const history = createHistory('cumulative');
  history.put(flush(1000, { active: 1, started: 1 }));
  // One after another: the first of them began before the flush.
  history.put(flush(2000, { active: 1, started: 5, completed: 4, durations: took(4, 300) }));
  const { mean, largest } = newest(history.value);
  assert.ok(mean > 1 && mean < 1.3, String(mean));
  assert.equal(largest, 1);
});

test('a restart counts from zero, without spike or negative', () => {
  const history = createHistory('cumulative');
  history.put(flush(1000, { uptime: 100, active: 9, started: 5000 }));
  history.put(flush(2000, { uptime: 101, active: 9, started: 5100 }));
  history.put(flush(4000, { uptime: 1, active: 3, started: 50, durations: took(47, 50) }));
  const { started, length, largest } = newest(history.value);
  assert.deepEqual([started, length, largest], [50, 2000, 3]);
});

test('lost flushes: counters over the whole time, the histogram as a sample of it', () => {
  const history = createHistory('cumulative');
  for (const n of [1, 2, 3, 4, 5, 10]) {
    const stats = { active: 10, started: n * 100, completed: n * 100, durations: took(100, 100) };
    history.put(flush(n * 1000, stats));
  }
  const { started, length, mean } = newest(history.value);
  assert.deepEqual([started, length, Math.round(mean)], [500, 5000, 10]);
});

test('a part that comes late corrects its slot and adds none', () => {
  const before = withFlush(NO_HISTORY, flush(1000, { active: 1, started: 10 }));
  const late = flush(2000, { active: 1, started: 20 });
  const partial = withFlush(before, late);
  addScopes(late, flush(2000, { scope: 'b', active: 5 }));
  const corrected = withFlush(before, late);
  assert.deepEqual([newest(partial).active, newest(partial).started], [1, 10]);
  assert.equal(record(corrected).slots.length, 2);
  assert.deepEqual([newest(corrected).active, newest(corrected).started], [6, 10]);
});

test('stats of a part that did not arrive are counted with the next flush', () => {
  const history = createHistory('cumulative');
  const stats = (i: number) => ({ active: 3, started: 5000 + i * 100, durations: took(100, 30) });
  history.put(flush(1000, stats(1)));
  history.put(flush(2000, stats(2)));
  const half = { ...stats(3), started: undefined, completed: undefined, durations: undefined };
  history.put(flush(3000, half));
  assert.deepEqual([newest(history.value).started, newest(history.value).mean], [0, 3]);
  history.put(withoutScopes(flush(4000, {})));
  history.put(flush(5000, stats(5)));
  assert.equal(newest(history.value).started, 300);
  assert.ok(Math.abs(newest(history.value).mean - 3) < 0.2, String(newest(history.value).mean));
});

test('another ingest goes on from the record without a gap', () => {
  const step = (i: number) =>
    flush(i * 1000, {
      uptime: i,
      active: i % 7,
      upgrades: 1,
      started: i * 100,
      completed: i * 99,
      durations: took(98, 60),
    });
  const whole = createHistory('cumulative');
  let turns = createHistory('cumulative');
  for (let i = 1; i <= 60; i++) {
    whole.put(step(i));
    turns.put(step(i));
    if (i % 3 !== 0) continue;
    turns = createHistory('cumulative', historyOf(record(turns.value), i * 1000));
  }
  const [expected, found] = [record(whole.value), record(turns.value)];
  assert.deepEqual(
    found.slots.map(({ mean: _, ...slot }) => slot),
    expected.slots.map(({ mean: _, ...slot }) => slot),
  );
  found.slots.forEach((slot, i) => {
    assert.ok(Math.abs(slot.mean - (expected.slots[i]?.mean ?? 0)) < 0.01); // floats in the checkpoint
  });
});

test('scopes that a record had no room for make no spike after a change of streams', () => {
  const busy = (timestamp: number) => {
    const one = startFlush(timestamp);
    one.arrival = timestamp;
    for (let i = 0; i < 30; i++) {
      const scope = `inbound_${i}`.padEnd(330, 'x');
      addScopes(one, flush(timestamp, { scope, active: 1, started: 1_000 * timestamp }));
    }
    return one;
  };
  const first = createHistory('cumulative');
  for (const at of [1000, 2000, 3000]) first.put(busy(at));
  const second = withFlush(historyOf(record(first.value), 3000), busy(4000));
  const started = record(second).slots[0]?.started ?? 0;
  assert.ok(started > 0 && started <= 30 * 1_000_000, String(started));
});

test('a record of an ordinary sidecar stays under 2 KB', () => {
  const history = createHistory('cumulative');
  for (let i = 1; i <= 200; i++) {
    const buckets = [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000].flatMap((bound, index) => [
      bound,
      (index + 1) * 40,
    ]);
    const durations = { count: 400, sum: 40_000, buckets, quantiles: [] };
    history.put(flush(i * 1000, { active: 40, started: i * 400, completed: i * 400, errors: i, durations }));
  }
  const size = encode(history.value).length;
  assert.ok(size < 2048, `${size} bytes`);
});

test('no sequence of faults makes a spike, a negative or NaN', () => {
  // Per flush: what really happened, and which fault comes with it.
  const step = fc.record({
    requests: fc.nat({ max: 200 }),
    ms: fc.constantFrom(1, 50, 400, 6000),
    active: fc.nat({ max: 50 }),
    fault: fc.constantFrom(
      'none',
      'none',
      'none',
      'restart',
      'hot restart',
      'lost',
      'clock+',
      'clock-',
      'resume',
      'no uptime',
      'late',
      'half',
      'empty',
      'out of turn',
    ),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      let history = createHistory('cumulative');
      let clock = 1_000_000;
      let envoy = clock;
      let begun = envoy;
      let started = 0;
      /** Requests that are not in any flush yet. */
      let lost = 0;
      let most = 0;
      for (const { requests, ms, active, fault } of steps) {
        clock += 1000;
        envoy += 1000;
        if (fault === 'restart') [begun, started] = [envoy, 0];
        if (fault === 'hot restart') started = 0;
        if (fault === 'clock+') envoy += 3_600_000;
        if (fault === 'clock-') envoy -= 3_600_000;
        started += requests;
        most = Math.max(most, active);
        if (fault === 'lost') {
          lost += requests;
          continue;
        }
        if (fault === 'resume' && history.value.checkpoint !== undefined)
          history = createHistory('cumulative', historyOf(record(history.value), clock - 1000));
        const stats = { active, started, durations: took(requests, ms), arrival: clock };
        const uptime = fault === 'no uptime' || envoy < begun ? undefined : (envoy - begun) / 1000;
        const whole = flush(envoy, { ...stats, uptime });
        const one = fault === 'empty' ? withoutScopes(whole) : whole;
        const [scope] = one.scopes.all;
        if (fault === 'half' && scope !== undefined)
          [scope.started, scope.durations] = [undefined, undefined];
        if (fault === 'out of turn')
          history.put(flush(envoy - 960, { ...stats, started: started - requests, arrival: clock - 960 }));
        if (fault === 'late') assert.ok(withFlush(history.value, one));
        history.put(one);
        const slot = newest(history.value);
        for (const [field, value] of Object.entries(slot)) {
          if (field !== 'buckets')
            assert.ok(Number.isFinite(value) && (value as number) >= 0, `${field}=${value}`);
        }
        assert.ok(slot.started <= requests + lost, `${slot.started} of ${requests + lost} requests`);
        assert.ok(slot.length <= 1000 * (steps.length + 1), `${slot.length} ms`);
        const bound = 2 * most + requests + lost + 1;
        assert.ok(
          slot.mean <= bound && slot.largest <= bound,
          `mean ${slot.mean}, largest ${slot.largest} over ${bound}`,
        );
        lost = fault === 'half' || fault === 'empty' ? lost + requests : 0;
      }
    }),
    { numRuns: 300 },
  );
});
