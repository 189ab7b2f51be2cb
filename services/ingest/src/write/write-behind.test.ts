import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { decodeHead, HOLD_MS, STAT, stateOf } from '@activescale/protocol/record';
import type { RecordWrite, WriteReport } from '@activescale/store';
import { startFlush } from '../flush/flush.ts';
import { advance, NO_HISTORY } from '../history/history.ts';
import { streamPod } from '../stream-pod.ts';
import type { FlushSample } from '../subject.ts';
import { createWriteBehind, type RecordStore, type WriteBehindEvents } from './write-behind.ts';

const METRIC_TTL = 20_000;
/** Valkey's clock minus the process's. */
const OFFSET = 1_790_000_000_000;

interface Write {
  readonly records: readonly RecordWrite[];
  answer(): void;
  fail(): void;
}

/** A store whose writes a test answers by hand: only so can it be slow, away or faulty at will. */
function handStore() {
  const writes: Write[] = [];
  const arrived: ((write: Write) => void)[] = [];
  const state: { up: boolean; clock: boolean; underWay: number; most: number } = {
    up: true,
    clock: true,
    underWay: 0,
    most: 0,
  };
  const at = (monotonicMs: number) => (state.clock ? OFFSET + monotonicMs : undefined);
  const store: RecordStore = {
    get state() {
      return state.up ? 'up' : 'down';
    },
    clock: { at, now: () => at(0) },
    shardOf: (namespace) => `node of ${namespace}`,
    write(records) {
      const { promise, resolve, reject } = Promise.withResolvers<WriteReport>();
      state.most = Math.max(state.most, ++state.underWay);
      const ended = <T>(settle: (value: T) => void, value: T) => {
        state.underWay--;
        settle(value);
      };
      const write: Write = {
        records,
        answer: () => ended(resolve, { written: records.length, failed: [], replaced: [] }),
        fail: () => ended(reject, new Error('OOM')),
      };
      const waits = arrived.shift();
      if (waits === undefined) writes.push(write);
      else waits(write);
      return promise;
    },
  };
  const next = async (): Promise<Write> => {
    const write = writes.shift();
    return write ?? new Promise<Write>((resolve) => arrived.push(resolve));
  };
  return { store, state, next, pending: () => writes.length };
}

function setUp() {
  const hand = handStore();
  const clock = { now: 1_000_000 };
  const observed = { wrote: 0, expired: 0, failed: 0 };
  const events: WriteBehindEvents = {
    wrote: ({ samples }) => {
      observed.wrote += samples.length;
    },
    expired: (count) => {
      observed.expired += count;
    },
    failed: () => {
      observed.failed++;
    },
  };
  const records = createWriteBehind({
    store: hand.store,
    metricTtl: METRIC_TTL,
    now: () => clock.now,
    events,
  });
  const put = (name: string, active: number | undefined, flushLength = 1_000, namespace = 'shop') =>
    records.put(sample(namespace, name, active, clock.now, flushLength));
  return { ...hand, clock, observed, records, put, [Symbol.asyncDispose]: () => records.close(0) };
}

/** One flush of a pod, after one that began `flushLength` before; `active` undefined: without the gauge. */
function sample(
  namespace: string,
  name: string,
  active: number | undefined,
  arrival: number,
  flushLength: number,
): FlushSample {
  const first = startFlush(1);
  first.arrival = arrival - flushLength;
  const flush = startFlush(1 + flushLength);
  flush.arrival = arrival;
  const facts = {
    active: active ?? 0,
    upstreamActive: 0,
    pending: 0,
    sent: active === undefined ? 0 : STAT.active,
    provenZero: 0,
    unrecognized: false,
    unknown: 0,
  };
  const pod = streamPod(
    {
      namespace,
      name,
      proxy: 'sidecar',
      ip: '10.1.0.7',
      otherIps: [],
      serviceAccount: 'web',
      workload: 'web',
      labels: {},
      nodeId: `sidecar~10.1.0.7~${name}`,
      template: 'web',
      controlPlane: 'unknown',
      clusterDomain: '',
      istioVersion: '',
      declaredScopes: '',
      statsRules: undefined,
      flushInterval: 0,
    },
    '',
  );
  const history = [first, flush].reduce(
    (before, each) => advance(before, each, facts, { mode: 'cumulative', resetsEnd: true }),
    NO_HISTORY,
  );
  return { subject: pod, history, facts, replaced() {} };
}

const valuesOf = ({ records }: Write) =>
  Object.fromEntries(records.map(({ name, head }) => [name, decodeHead(head).active]));

/** Lets everything happen that is due now. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await turn();
}

test('a quiet system writes at once, with the arrival by the clock of Valkey and the life that is left', async () => {
  await using setup = setUp();
  setup.put('web-0', 3);
  const write = await setup.next();
  const [record] = write.records;
  assert.ok(record);
  const arrival = OFFSET + setup.clock.now;
  assert.deepEqual([record.namespace, record.name, record.arrival], ['shop', 'web-0', arrival]);
  assert.equal(record.expiry, METRIC_TTL + HOLD_MS);
  const head = decodeHead(record.head);
  assert.deepEqual(decodeHead(record.slots), head);
  assert.deepEqual([head.arrival, stateOf(head), head.active, head.flushLength], [arrival, 'live', 3, 1_000]);
  write.answer();
  await settle();
  assert.equal(setup.observed.wrote, 1);
});

test('a flush without the gauge is written as idle', async () => {
  await using setup = setUp();
  setup.put('web-0', undefined);
  const write = await setup.next();
  assert.deepEqual(
    write.records.map(({ head }) => stateOf(decodeHead(head))),
    ['idle'],
  );
  write.answer();
});

test('the life of a record is four flushes where they are longer than METRIC_TTL', async () => {
  await using setup = setUp();
  setup.put('web-0', 1, 60_000);
  const write = await setup.next();
  assert.equal(write.records[0]?.expiry, 240_000 + HOLD_MS);
  write.answer();
});

test('no flush length makes a record live for longer than 5 minutes, though sums hold it', async () => {
  await using setup = setUp();
  setup.put('web-0', 1, 250_000);
  const write = await setup.next();
  assert.equal(write.records[0]?.expiry, 300_000);
  write.answer();
});

test('one write is in flight at a time, and meanwhile the newest sample of each pod waits', async () => {
  await using setup = setUp();
  setup.put('web-0', 1);
  const first = await setup.next();
  for (const active of [2, 3, 4]) {
    setup.clock.now += 1_000;
    setup.put('web-0', active);
    setup.put('web-1', 10 * active);
    await settle();
  }
  assert.equal(setup.records.waiting, 2);
  assert.equal(setup.pending(), 0);
  first.answer();
  const second = await setup.next();
  assert.deepEqual(valuesOf(second), { 'web-0': 4, 'web-1': 40 });
  second.answer();
  await settle();
  assert.equal(setup.state.most, 1);
  assert.equal(setup.records.waiting, 0);
  assert.equal(setup.observed.wrote, 3);
});

test('a node that does not answer, or that fails, delays only its own pods', async () => {
  await using setup = setUp();
  setup.put('web-0', 1);
  const silent = await setup.next();
  setup.put('web-0', 2);
  setup.put('db-0', 3, 1_000, 'data');
  const other = await setup.next();
  assert.deepEqual(valuesOf(other), { 'db-0': 3 });
  other.answer();
  await settle();
  silent.fail();
  await settle();
  setup.put('db-0', 4, 1_000, 'data');
  const further = await setup.next();
  assert.deepEqual(valuesOf(further), { 'db-0': 4 });
  further.answer();
  const again = await setup.next();
  assert.deepEqual(valuesOf(again), { 'web-0': 2 });
  again.answer();
  await settle();
  assert.deepEqual([setup.observed.wrote, setup.observed.failed, setup.records.waiting], [3, 1, 0]);
});

test('a write that follows closely is put off, so that messages share it', async () => {
  await using setup = setUp();
  setup.put('web-0', 1);
  (await setup.next()).answer();
  setup.clock.now += 1;
  setup.put('web-0', 2);
  await settle();
  assert.equal(setup.pending(), 0);
  setup.put('web-1', 3);
  const write = await setup.next();
  assert.deepEqual(valuesOf(write), { 'web-0': 2, 'web-1': 3 });
  write.answer();
});

test('while the store is away or its clock unknown nothing is written, and then all at once', async () => {
  for (const away of ['up', 'clock'] as const) {
    await using setup = setUp();
    setup.state[away] = false;
    for (let pod = 0; pod < 100; pod++) setup.put(`web-${pod}`, pod);
    await settle();
    assert.equal(setup.pending(), 0);
    setup.clock.now += 10_000;
    setup.state[away] = true;
    setup.records.resume();
    const write = await setup.next();
    assert.equal(write.records.length, 100);
    assert.ok(write.records.every(({ expiry }) => expiry === METRIC_TTL + HOLD_MS - 10_000));
    write.answer();
  }
});

test('a batch takes one sample of a stream, and the newest of those that follow goes into the next', async () => {
  await using setup = setUp();
  const one = sample('shop', 'web-0', 1, setup.clock.now, 1_000);
  for (let flushed = 0; flushed < 100; flushed++) setup.records.put(one);
  assert.equal(setup.records.waiting, 2);
  const first = await setup.next();
  assert.equal(first.records.length, 1);
  first.answer();
  const second = await setup.next();
  assert.equal(second.records.length, 1);
  second.answer();
  await settle();
  assert.deepEqual([setup.observed.wrote, setup.records.waiting], [2, 0]);
});

test('a sample that waits gives way to a newer one that need not', async () => {
  await using setup = setUp();
  setup.put('web-0', 1);
  const first = await setup.next();
  setup.put('web-0', 2);
  first.answer();
  await settle();
  setup.put('web-0', 3);
  const second = await setup.next();
  assert.deepEqual([second.records.length, valuesOf(second)], [1, { 'web-0': 3 }]);
  second.answer();
  await settle();
  assert.deepEqual([setup.records.waiting, setup.pending()], [0, 0]);
});

test('of two streams of a pod the newer sample is tried again', async () => {
  await using setup = setUp();
  setup.put('web-0', 1);
  setup.put('web-0', 2);
  (await setup.next()).fail();
  const again = await setup.next();
  assert.deepEqual([again.records.length, valuesOf(again)], [1, { 'web-0': 2 }]);
  again.answer();
});

test('what was encoded before the process stood still is not brought back', async () => {
  await using setup = setUp();
  setup.put('web-dead', 1);
  setup.clock.now += METRIC_TTL + HOLD_MS;
  await settle();
  assert.deepEqual([setup.pending(), setup.observed.expired, setup.records.waiting], [0, 1, 0]);
  setup.put('web-0', 2);
  setup.clock.now += 10_000;
  const write = await setup.next();
  assert.equal(write.records[0]?.expiry, METRIC_TTL + HOLD_MS - 10_000);
  write.answer();
});

test('a sample that was encoded before the store went down is encoded again, with the rest of its expiry', async () => {
  await using setup = setUp();
  setup.put('web-0', 1);
  setup.put('web-dead', 2);
  setup.state.up = false;
  await settle();
  assert.deepEqual([setup.records.waiting, setup.pending()], [2, 0]);
  setup.clock.now += 10_000;
  setup.put('web-0', 3);
  setup.clock.now += METRIC_TTL + HOLD_MS - 10_000;
  setup.state.up = true;
  setup.records.resume();
  const write = await setup.next();
  assert.deepEqual(valuesOf(write), { 'web-0': 3 });
  assert.equal(write.records[0]?.expiry, 10_000);
  write.answer();
  assert.equal(setup.observed.expired, 1);
});

test('a sample that has expired is dropped and counted, not written', async () => {
  await using setup = setUp();
  setup.state.up = false;
  setup.put('web-dead', 1);
  setup.clock.now += METRIC_TTL + HOLD_MS;
  setup.put('web-live', 2);
  setup.state.up = true;
  setup.records.resume();
  const write = await setup.next();
  assert.deepEqual(valuesOf(write), { 'web-live': 2 });
  assert.equal(setup.observed.expired, 1);
  write.answer();
});

test('in an outage memory is bounded by the pods, and those that died leave it', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  await using setup = setUp();
  setup.state.up = false;
  for (let flush = 0; flush < 10_000; flush++) setup.put(`web-${flush % 3}`, flush);
  assert.equal(setup.records.waiting, 3);
  setup.clock.now += METRIC_TTL + HOLD_MS;
  setup.put('web-0', 1);
  t.mock.timers.tick(10_000);
  assert.equal(setup.records.waiting, 1);
  assert.equal(setup.observed.expired, 2);
});

test('a failed write puts its samples back, unless a newer one waits', async () => {
  await using setup = setUp();
  setup.put('web-0', 1);
  setup.put('web-1', 2);
  const first = await setup.next();
  setup.clock.now += 1_000;
  setup.put('web-1', 3);
  first.fail();
  await settle();
  assert.deepEqual([setup.observed.failed, setup.records.waiting, setup.pending()], [1, 2, 0]);
  const again = await setup.next();
  assert.deepEqual(valuesOf(again), { 'web-0': 1, 'web-1': 3 });
  again.answer();
  await settle();
  assert.equal(setup.observed.wrote, 2);
});

test('close writes what waits, also behind a write in flight', async () => {
  await using setup = setUp();
  setup.put('web-0', 1);
  const first = await setup.next();
  setup.put('web-1', 2);
  let over = false;
  const closed = setup.records.close(1_000).then(() => {
    over = true;
  });
  first.answer();
  const last = await setup.next();
  assert.deepEqual(valuesOf(last), { 'web-1': 2 });
  await settle();
  assert.equal(over, false);
  last.answer();
  await closed;
  assert.equal(setup.observed.wrote, 2);
});

test('close retries a failed write once', async () => {
  await using setup = setUp();
  setup.put('web-0', 1);
  (await setup.next()).fail();
  await settle();
  const closed = setup.records.close(1_000);
  const last = await setup.next();
  assert.deepEqual(valuesOf(last), { 'web-0': 1 });
  last.fail();
  await closed;
  assert.equal(setup.observed.failed, 2);
});

test('close does not wait longer than its deadline for a store that does not answer', async () => {
  await using setup = setUp();
  setup.put('web-0', 1);
  await setup.next();
  const closed = setup.records.close(20);
  setup.clock.now += 20;
  await closed;
});

test('close with the store away is over at once', async () => {
  await using setup = setUp();
  setup.state.up = false;
  setup.put('web-0', 1);
  await setup.records.close(60_000);
  assert.equal(setup.records.waiting, 1);
});
