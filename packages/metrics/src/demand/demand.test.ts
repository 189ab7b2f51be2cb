import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_STATS, type Head, type Slot, STAT } from '@activescale/protocol/record';
import { builtInCatalogue } from '../catalogue.ts';
import { RECENT_REJECTION } from '../metric.ts';
import type { Omission } from '../samples.ts';
import { headBytes, IDLE, IDLE_PROVEN, NOW, slotOf, slotsBytes } from '../testing/records.ts';
import { demandOf } from './demand.ts';

const RULES = { metricTtl: 20_000, demandHold: 90_000 };

type Source = Partial<Head> & { readonly slots?: readonly Partial<Slot>[] };

function metric(name: string) {
  const found = name === RECENT_REJECTION.name ? RECENT_REJECTION : builtInCatalogue.get(name);
  assert.ok(found, name);
  return found;
}

function reports(records: readonly (Buffer | null)[]) {
  return records.map((record, i) => ({ pod: { name: `gw-${i}` }, record }));
}

/** The demand as reported by these sources, null being one without a record. */
function demand(name: string, ...sources: readonly (Source | Buffer | null)[]) {
  const omitted: Omission[] = [];
  const records = sources.map((source) => {
    if (source === null || Buffer.isBuffer(source)) return source;
    const { slots = [], ...head } = source;
    return slotsBytes(
      slots.map((slot) => slotOf(slot)),
      head,
    );
  });
  const demand = demandOf(reports(records), metric(name), NOW, RULES, (why) => omitted.push(why));
  const { value, pods: counted, isUnmentioned, stale } = demand;
  return { value: value?.value, counted, isUnmentioned, omitted, stale };
}

const rejected = (secondsAgo: number): Partial<Slot> => ({ end: NOW - 1_000 * secondsAgo, reset: 1 });

test('the shares of several sources add up', () => {
  assert.equal(demand('demand_active_requests', { active: 3 }, { active: 4 }).value, 7);
  assert.equal(demand('demand_pending_requests', { pending: 1 }, { pending: 2 }).value, 3);
  assert.equal(demand('demand_requests', { active: 3 }, { active: 4 }).value, 7);
  const two = [{ slots: [{ started: 60, length: 10_000 }] }, { slots: [{ started: 40, length: 10_000 }] }];
  assert.equal(demand('demand_requests_per_second', ...two).value, 10);
  const slots = [{ completed: 8, errors: 2, length: 10_000 }];
  assert.equal(demand('demand_request_error_ratio', { slots }, { slots }).value, 0.25);
});

test('requests that began are not 0 if a source hides those that were rejected', () => {
  const slots = (started: number) => [{ started, length: 10_000 }];
  const hides = (started: number) => ({ slots: slots(started), sent: ALL_STATS & ~STAT.reset });
  const known = { slots: slots(0) };
  assert.equal(demand('demand_requests_per_second', known).value, 0);
  const { value, omitted } = demand('demand_requests_per_second', known, hides(0));
  assert.deepEqual({ value, omitted }, { value: undefined, omitted: ['stat_missing'] });
  assert.equal(demand('demand_requests_per_second', known, hides(50)).value, 5);
});

test('a stale source is held for 30 s after it was fresh, in sums', () => {
  const stale = (seconds: number) => ({ active: 3, arrival: NOW - 1_000 * seconds });
  for (const name of ['demand_active_requests', 'demand_requests']) {
    assert.equal(demand(name, stale(50), { active: 4 }).value, 7);
    assert.equal(demand(name, stale(51), { active: 4 }).value, 4);
    assert.deepEqual(demand(name, stale(51)), {
      value: undefined,
      counted: 0,
      isUnmentioned: true,
      omitted: ['expired'],
      stale: ['gw-0'],
    });
  }
});

test('a rejected request counts as one for the time of the hold', () => {
  const of = (...slots: Partial<Slot>[]) => demand('demand_requests', { active: 0, slots }).value;
  assert.equal(of({ end: NOW - 1_000 }), 0);
  assert.equal(of(rejected(1)), 1);
  const quiet = Array.from({ length: 10 }, (_, i) => ({ end: NOW - 1_000 - 9_000 * i, length: 9_000 }));
  assert.equal(of(...quiet.slice(0, 9), rejected(90)), 1);
  assert.equal(of(...quiet, rejected(91)), 0);
  assert.equal(demand('demand_active_requests', { active: 0, slots: [rejected(1)] }).value, 0);
});

test('rejected requests raise the demand to one, and no further', () => {
  const slots = [rejected(1)];
  assert.equal(demand('demand_requests', { active: 0, slots }, { active: 0, slots }).value, 1);
  assert.equal(demand('demand_requests', { active: 0, slots }, { active: 2 }).value, 2);
  assert.equal(demand('demand_requests', { active: 2 }, { active: 0, slots }).value, 2);
});

test('a recent rejection is 1 or 0, whatever the number of requests', () => {
  const of = (...sources: readonly Source[]) => demand('demand_recent_rejection', ...sources).value;
  assert.equal(of({ active: 7 }), 0);
  assert.equal(of({ active: 7, slots: [rejected(90)] }, { active: 2, slots: [rejected(1)] }), 1);
  assert.equal(of({ sent: ALL_STATS & ~STAT.reset, active: 7 }), undefined);
});

test('0 needs proof that no request was rejected, a larger value does not', () => {
  const hidden = { sent: ALL_STATS & ~STAT.reset };
  assert.deepEqual(demand('demand_requests', { ...hidden, active: 0 }), {
    value: undefined,
    counted: 0,
    isUnmentioned: false,
    omitted: ['stat_missing'],
    stale: [],
  });
  assert.equal(demand('demand_requests', { ...hidden, active: 2 }).value, 2);
  assert.equal(demand('demand_requests', { ...hidden, active: 0 }, { active: 0 }).value, undefined);
  assert.equal(demand('demand_requests', { ...hidden, provenZero: STAT.reset, active: 0 }).value, 0);
  const hiddenGauge = { sent: STAT.reset };
  assert.equal(demand('demand_requests', hiddenGauge).value, undefined);
  assert.equal(demand('demand_requests', { ...hiddenGauge, slots: [rejected(1)] }).value, 1);
});

test('a stat is 0 only where its own record proves it, whatever other sources have', () => {
  const idle = demand('demand_active_requests', { ...IDLE, active: 0 }, { active: 4 });
  assert.deepEqual([idle.value, idle.omitted], [4, ['idle']]);
  assert.deepEqual(demand('demand_active_requests', { ...IDLE, active: 0 }).value, undefined);
  assert.equal(demand('demand_active_requests', { ...IDLE_PROVEN, active: 0 }).value, 0);
  assert.equal(demand('demand_active_requests', { ...IDLE, provenZero: STAT.active, active: 0 }).value, 0);
});

test('a destination is unmentioned unless a source may be live that reports it', () => {
  const is = (...sources: Parameters<typeof demand> extends [string, ...infer S] ? S : never) =>
    demand('demand_active_requests', ...sources).isUnmentioned;
  assert.equal(is(), true);
  assert.equal(is(null, { arrival: NOW - 300_000 }), true);
  assert.equal(is({ ...IDLE }), false);
  assert.equal(is({ sent: STAT.started }), false);
  assert.equal(is({ arrival: NOW + 5_000 }), false);
  assert.equal(is(Buffer.from('damaged')), false);
});

test('a record that cannot be read is unknown, not 0', () => {
  const damaged = Buffer.concat([headBytes({ active: 0 }), Buffer.from('damaged')]);
  for (const name of ['demand_requests', 'demand_active_requests_mean_1m'])
    assert.deepEqual([demand(name, damaged).value, demand(name, damaged).isUnmentioned], [undefined, false]);
  assert.equal(demand('demand_requests', damaged, { active: 0 }).value, undefined);
  assert.equal(demand('demand_active_requests', { sent: STAT.started }, { active: 0 }).value, undefined);
  assert.equal(demand('demand_requests', damaged, { active: 1 }).value, 1);
});
