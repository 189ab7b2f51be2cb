import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteWriter, decodePodRecord, encodeDescription, encodeHead } from '@activescale/protocol/record';
import { type ScopeStats, startFlush } from '../flush/flush.ts';
import { ScopeList } from '../flush/scope-list.ts';
import { advance, advanceQuietly, type History, NO_HISTORY, unusedSince, writeHistory } from './history.ts';

const COUNTING = { mode: 'cumulative', resetsEnd: false } as const;
const FACTS = {
  active: 0,
  upstreamActive: 0,
  pending: 0,
  sent: 0,
  provenZero: 0,
  unrecognized: false,
  unknown: 0,
};

function flush(time: number, counters: Partial<ScopeStats> = {}) {
  const name = 'outbound|80||web';
  const unused = { upgrades: undefined, completed: undefined, errors: undefined, durations: undefined };
  const scope = { name, prefix: `cluster.${name}`, port: '', ...unused, reset: undefined };
  const scopes = new ScopeList<ScopeStats>([{ ...scope, active: 0, started: 0, ...counters }]);
  return { timestamp: time, arrival: time, uptime: 0, scopes };
}

function slotsOf(history: History) {
  const head = {
    arrival: history.arrival,
    flushLength: 0,
    ip: '',
    ipVerified: false,
    proxy: 'other',
    filterShown: false,
    template: 0,
    proxyId: 0,
    ...FACTS,
  } as const;
  const writer = new ByteWriter();
  writeHistory(writer, history, {
    head: encodeHead(head),
    description: encodeDescription({ workload: '', ip: '', labels: {} }),
  });
  return decodePodRecord(writer.from(0)).slots;
}

test('flushes without an event become one slot, and the next flush is a regular one', () => {
  let history = NO_HISTORY;
  for (const [time, started] of [
    [1_000, 5],
    [2_000, 8],
    [3_000, 8],
  ] as const)
    history = advance(history, flush(time, { started }), FACTS, COUNTING);
  history = advanceQuietly(history, { timestamp: 9_000, arrival: 9_000, uptime: 0 }, 0);
  assert.equal(history.checkpoint?.flushLength, 1_000);
  history = advance(history, flush(10_000, { started: 9 }), FACTS, COUNTING);
  assert.equal(history.checkpoint?.flushLength, 1_000);
  const [last, quiet] = slotsOf(history);
  assert.deepEqual([last?.length, last?.started], [1_000, 1]);
  assert.deepEqual([quiet?.length, quiet?.started, quiet?.mean], [6_000, 0, 0]);
});

test('all that is counted when a destination is first mentioned happened since the flush before', () => {
  const source = [1_000, 2_000].reduce(
    (before, time) => advance(before, { ...startFlush(time), arrival: time }, FACTS, COUNTING),
    NO_HISTORY,
  );
  const history = advance(unusedSince(source), flush(3_000, { started: 2, reset: 2 }), FACTS, COUNTING);
  const [slot] = slotsOf(history);
  assert.deepEqual([slot?.length, slot?.started, slot?.reset], [1_000, 2, 2]);
  assert.equal(unusedSince(NO_HISTORY), NO_HISTORY);
});
