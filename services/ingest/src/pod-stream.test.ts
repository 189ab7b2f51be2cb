import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { STAT } from '@activescale/protocol/record';
import { encodeMessage, type FamilySpec, type MessageSpec } from '@activescale/protocol/testing';
import { createClusterTargets } from './flush/demand/cluster-targets.ts';
import { createKnownStats } from './flush/known-stats.ts';
import { createPatterns } from './flush/patterns.ts';
import { createPodStreams, type PodStream } from './pod-stream.ts';
import { createStateBudget } from './state-budget.ts';
import type { FlushSample, StoredRecord } from './subject.ts';
import { flushLengthOf } from './write/sample-record.ts';

const NODE = { id: 'sidecar~10.1.0.7~web-1.shop~shop.svc.cluster.local' };
const SCOPE = 'http.inbound_0.0.0.0_8080;.downstream_rq_active';
const OTHER = 'http.inbound_0.0.0.0_9090;.downstream_rq_active';
const noise: FamilySpec = { name: 'server.live', gauge: 1 };
const active = (value: number, name = SCOPE): FamilySpec => ({ name, gauge: value });

const anyPatterns = () => createPatterns(() => performance.now());

/** The events of a stream, in order. */
interface Observed {
  readonly stream: PodStream;
  readonly flushes: { active: number | undefined; length: number }[];
  readonly others: string[];
  /** Resolves at the next complete flush. */
  next(): Promise<unknown>;
  send(timestamp: number, families: readonly FamilySpec[], node?: MessageSpec['node']): void;
}

/** `patterns`: what compiles the expressions of its node. */
function open(
  t: TestContext,
  stored?: Promise<StoredRecord | undefined>,
  patterns = anyPatterns(),
  states = createStateBudget(),
): Observed {
  const emitter = new EventEmitter();
  /** Our clock: each new timestamp comes a second later. */
  let now = 0;
  let last = 0;
  const flushes: Observed['flushes'] = [];
  const others: string[] = [];
  const events = {
    received() {},
    flushed() {},
    anonymous: () => others.push('anonymous'),
    invalid: (_pod: unknown, gauge: string) => others.push(`invalid ${gauge}`),
    late: () => others.push('late'),
    yielded: () => others.push('yielded'),
    contradicted: (_pod: unknown, mode: string) => others.push(`contradicts ${mode}`),
    demandRefused: () => others.push('demand refused'),
    coldStarted: () => others.push('cold start'),
    scanned() {},
  };
  const streams = createPodStreams({
    metricName: undefined,
    metricTtl: 20_000,
    demand: { from: 'off', targets: createClusterTargets(undefined), reportsAll: () => true },
    counterMode: 'cumulative',
    verify: () => '',
    ownScopes: undefined,
    patterns,
    stats: createKnownStats(),
    states,
    waitedAt: () => 0,
    stored: () => stored ?? Promise.resolve(undefined),
    storedHead: () => Promise.resolve(undefined),
    noteIgnored: () => Promise.resolve(),
    storedDemand: () => Promise.resolve([]),
    flushed(sample: FlushSample) {
      const { facts } = sample;
      const active = (facts.sent & STAT.active) === 0 ? undefined : facts.active;
      flushes.push({ active, length: flushLengthOf(sample) });
      emitter.emit('flush');
    },
    events,
  });
  const peer = { address: '10.1.0.7', certificate: () => undefined };
  const stream = streams.open({ peer, group: peer.address });
  t.after(() => stream.end());
  return {
    stream,
    flushes,
    others,
    next: () => once(emitter, 'flush'),
    send: (timestamp, families, node) => {
      if (timestamp !== last) now += 1000;
      last = timestamp;
      stream.message(encodeMessage({ timestamp, families, ...(node === undefined ? {} : { node }) }), now);
    },
  };
}

test('the first flush is complete after a silence, the next ones at once', async (t) => {
  const { send, flushes, next } = open(t);
  send(1000, [active(3), noise], NODE);
  assert.equal(flushes.length, 0);
  await next();
  send(2000, [active(4), noise]);
  send(3000, [active(5), noise]);
  assert.deepEqual(flushes, [
    { active: 3, length: 0 },
    { active: 4, length: 1000 },
    { active: 5, length: 1000 },
  ]);
});

test('parts of one flush are put together, and only their sum is published', async (t) => {
  const { send, flushes, next } = open(t);
  send(1000, [active(3)], NODE);
  send(1000, [active(4, OTHER)]);
  send(1000, [noise]);
  await next();
  send(2000, [active(1)]);
  send(2000, [active(2, OTHER)]);
  send(3000, [active(1)]); // the next flush completes the one before
  assert.deepEqual(flushes, [
    { active: 7, length: 0 },
    { active: 3, length: 1000 },
  ]);
});

test('a stream whose flush grows beyond one message shows no part of it', async (t) => {
  const { send, flushes, next } = open(t);
  send(1000, [active(3)], NODE);
  await next();
  send(2000, [active(3)]); // complete at once: it looks like the flush before
  send(3000, [active(3), noise]); // one family more: perhaps the first part of several
  send(3000, [active(4, OTHER)]);
  assert.deepEqual(
    flushes.map((flush) => flush.active),
    [3, 3],
  );
  await next();
  assert.deepEqual(flushes.at(-1), { active: 7, length: 1000 });
});

test('a part that comes after the silence corrects its flush', async (t) => {
  const { send, flushes, next } = open(t);
  send(1000, [active(3)], NODE);
  await next();
  send(1000, [active(4, OTHER)]);
  await next();
  assert.deepEqual(
    flushes.map((flush) => flush.active),
    [3, 7],
  );
});

test('a late part of an earlier flush is dropped', async (t) => {
  const { send, flushes, others, next } = open(t);
  send(1000, [active(3)], NODE);
  await next();
  send(2000, [active(4)]);
  send(1000, [active(9, OTHER)]);
  assert.deepEqual(others, ['late']);
  assert.deepEqual(
    flushes.map((flush) => flush.active),
    [3, 4],
  );
});

test('a clock set back begins a new flush, of the length that our clock saw', async (t) => {
  const { send, flushes, next } = open(t);
  send(3_600_000, [active(3)], NODE);
  await next();
  send(1000, [active(4)]);
  send(2000, [active(5)]);
  assert.deepEqual(
    flushes.map(({ active: value, length }) => [value, length]),
    [
      [3, 0],
      [4, 1000],
      [5, 1000],
    ],
  );
});

test('a flush without the gauge is published as one of an idle pod', async (t) => {
  const { send, flushes, next } = open(t);
  send(1000, [noise], NODE);
  await next();
  assert.deepEqual(flushes, [{ active: undefined, length: 0 }]);
});

test('a gauge that is no number of requests spoils its flush and no other', async (t) => {
  const { send, flushes, others, next } = open(t);
  send(1000, [active(3)], NODE);
  await next();
  for (const [i, value] of [Number.NaN, Number.POSITIVE_INFINITY, -1].entries())
    send(2000 + i, [active(value)]);
  send(3000, [active(4)]);
  assert.deepEqual(others, [`invalid ${SCOPE}=NaN`, `invalid ${SCOPE}=Infinity`, `invalid ${SCOPE}=-1`]);
  assert.deepEqual(
    flushes.map((flush) => flush.active),
    [3, 4],
  );
});

test('messages of a node that names no pod are reported and dropped', (t) => {
  const { send, flushes, others } = open(t);
  send(1000, [active(3)]);
  send(2000, [active(3)]);
  assert.deepEqual(others, ['anonymous', 'anonymous']);
  assert.equal(flushes.length, 0);
});

test('an unfinished flush ends with its stream', async (t) => {
  const { send, flushes, stream } = open(t);
  send(1000, [active(3)], NODE);
  stream.end();
  const other = open(t);
  other.send(1000, [active(3)], NODE);
  await other.next(); // begun later and complete: the first one's silence is over too
  assert.equal(flushes.length, 0);
});

test('flushes wait for the record of the pod, and then come in order', async (t) => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const { send, flushes, next } = open(t, promise);
  send(1000, [active(3)], NODE);
  send(2000, [active(4)]);
  send(3000, [active(5), noise]);
  assert.equal(flushes.length, 0);
  resolve(undefined);
  await next();
  assert.deepEqual(
    flushes.map((flush) => flush.active),
    [3, 4], // the third is not complete yet
  );
});

test('a stream that ended while its record was read reports nothing more', async (t) => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const { send, flushes, stream } = open(t, promise);
  send(1000, [active(3)], NODE);
  send(2000, [active(4)]);
  stream.end();
  resolve(undefined);
  await promise;
  await Promise.resolve();
  assert.equal(flushes.length, 0);
});

test('bytes that are no message are an error for the owner', (t) => {
  const { stream } = open(t);
  assert.throws(() => stream.message(Buffer.from('GET / HTTP/1.1'), 0), { code: 'ERR_ENVOY_MALFORMED' });
});

test('a node whose address has no time left for expressions declares no scopes, and none is guessed', (t) => {
  const metadata = { ACTIVESCALE_SCOPES: 'inbound_.*' };
  const noTime = { within: () => undefined, matches: () => undefined };
  const busy = open(t, undefined, { of: () => ({ ...noTime, problem: () => undefined }) });
  assert.throws(() => busy.send(1000, [active(3)], { ...NODE, metadata }), { code: 'ERR_ENVOY_SCOPES_TIME' });
  const soon = open(t, undefined, { of: () => ({ ...noTime, problem: () => '' }) });
  assert.throws(
    () => soon.send(1000, [active(3, 'http.inbound_1;.downstream_rq_active')], { ...NODE, metadata }),
    {
      code: 'ERR_ENVOY_SCOPES_TIME',
    },
  );
});

test('a stream whose scopes are too many for all streams together ends, and its timers with it', (t) => {
  const states = createStateBudget(100_000);
  const scopes = (count: number) =>
    Array.from({ length: count }, (_, i) => active(1, `http.inbound_${i};.downstream_rq_active`));
  const small = open(t, undefined, undefined, states);
  small.send(1000, scopes(8), NODE);
  const large = open(t, undefined, undefined, states);
  assert.throws(() => large.send(1000, scopes(200), NODE), { code: 'ERR_LIMIT_STATE' });
  assert.equal(large.stream.isUnderWay(), false);
  assert.throws(() => large.send(2000, scopes(1)), { code: 'ERR_LIMIT_STATE' });
  small.send(2000, scopes(8));
});

test('while the record of a pod is read, only its newest flushes wait', async (t) => {
  const stored = Promise.withResolvers<undefined>();
  const { send, flushes } = open(t, stored.promise);
  for (let i = 0; i < 1_000; i++) send(0, [active(i)], NODE);
  stored.resolve(undefined);
  await stored.promise;
  await Promise.resolve();
  assert.deepEqual(
    flushes.map((flush) => flush.active),
    [992, 993, 994, 995, 996, 997, 998, 999],
  );
});

test('names in parts that come too late count as state of the stream', (t) => {
  const { send } = open(t, undefined, undefined, createStateBudget(50_000));
  send(1000, [active(1)], NODE);
  send(2000, [active(1)]);
  const late = Array.from({ length: 200 }, (_, i) => active(1, `http.inbound_${i};.downstream_rq_active`));
  assert.throws(() => send(1000, late), { code: 'ERR_LIMIT_STATE' });
});
