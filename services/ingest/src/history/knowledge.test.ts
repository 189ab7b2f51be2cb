import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ALL_SLOTS,
  ALL_STATS,
  ByteWriter,
  decodePodRecord,
  emptySlot,
  encodeDescription,
  encodeHead,
  STAT,
} from '@activescale/protocol/record';
import { startFlush } from '../flush/flush.ts';
import { advance, type History, historyOf, NO_HISTORY, writeHistory } from './history.ts';
import { knownSlots, type LastUnknown, lastUnknownAfter, lastUnknownOf } from './knowledge.ts';

/** Flushes of a second that end at 1,000 ms and leave these stats unknown, one after another. */
function after(...unknown: readonly number[]): LastUnknown {
  return unknown.reduce<LastUnknown>(
    (last, stats, i) => lastUnknownAfter(last, stats, 1_000 * (i + 1)),
    undefined,
  );
}

/** Slots of a second each, as many as these flushes made. */
const slots = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ ...emptySlot(), end: 1_000 * (count - i), length: 1_000 }));
const countIn = (count: number) => (time: number) => slots(count).filter(({ end }) => end > time).length;

test('nothing is kept of a pod whose stats are all known', () => {
  assert.equal(after(0, 0, 0), undefined);
  assert.equal(knownSlots(undefined, countIn(3)), undefined);
});

test('of a stat the slots after the last flush that left it unknown are known', () => {
  const last = after(STAT.active | STAT.errors, STAT.active, 0, STAT.pending);
  const known = knownSlots(last, countIn(4));
  const all = ALL_SLOTS;
  assert.deepEqual(known, [2, all, 0, all, all, 3, all, all]);
});

test('a flush is forgotten with its slots, after two minutes', () => {
  const last = after(STAT.active);
  assert.notEqual(lastUnknownAfter(last, 0, 121_000), undefined);
  assert.equal(lastUnknownAfter(last, 0, 121_001), undefined);
});

test('the knowledge in a record is continued', () => {
  const last = after(STAT.active | STAT.errors, STAT.active, 0, STAT.pending, 0);
  const known = knownSlots(last, countIn(5));
  const resumed = lastUnknownOf(known, slots(5));
  assert.deepEqual(knownSlots(resumed, countIn(5)), known);
  assert.deepEqual(
    knownSlots(lastUnknownAfter(resumed, 0, 6_000), countIn(6)),
    knownSlots(lastUnknownAfter(last, 0, 6_000), countIn(6)),
  );
});

test('a record whose oldest slot is all that is known goes on as it was', () => {
  const known = [3, ...new Array<number>(7).fill(ALL_SLOTS)];
  assert.deepEqual(knownSlots(lastUnknownOf(known, slots(3)), countIn(3)), known);
  assert.equal(lastUnknownOf(undefined, slots(3)), undefined);
});

test('records carry it through late parts and a change of streams, until it is forgotten', () => {
  const evidence = { sent: 0, provenZero: ALL_STATS, filterShown: true, unrecognized: false };
  const gauges = { active: 0, upstreamActive: 0, pending: 0 };
  const pod = { ip: '10.1.0.7', ipVerified: false, proxy: 'sidecar', template: 1, proxyId: 1 } as const;
  const head = encodeHead({ arrival: 1e12, flushLength: 1_000, ...pod, ...gauges, ...evidence });
  const description = encodeDescription({ workload: 'web', ip: pod.ip, labels: {} });
  const record = (history: History) => {
    const writer = new ByteWriter();
    writeHistory(writer, history, { head, description });
    return decodePodRecord(writer.from(0));
  };
  const put = (before: History, arrival: number, unknown: number) =>
    advance(
      before,
      Object.assign(startFlush(arrival), { arrival }),
      { ...gauges, ...evidence, unknown },
      { mode: 'cumulative', resetsEnd: true },
    );

  const known = put(NO_HISTORY, 1_000, 0);
  assert.equal(record(known).knownSlots, undefined);
  assert.equal(record(put(known, 2_000, STAT.active | STAT.pending)).knownSlots?.[2], 0);
  const late = put(known, 2_000, STAT.active);
  assert.deepEqual(record(late).knownSlots, [0, ...new Array(7).fill(ALL_SLOTS)]);
  const first = put(late, 3_000, 0);
  for (let history of [first, historyOf(record(first), 3_000)]) {
    history = put(history, 4_000, 0);
    assert.equal(record(history).knownSlots?.[0], 2);
    for (let at = 5_000; at <= 122_000; at += 1_000) history = put(history, at, 0);
    const { knownSlots, slots } = record(history);
    assert.equal(knownSlots?.[0], slots.length);
    history = put(history, 123_000, 0);
    assert.equal(record(history).knownSlots, undefined);
  }
});
