import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Family, scanMessage } from '@activescale/protocol/envoy';
import { encodeMessage, type FamilySpec } from '@activescale/protocol/testing';
import fc from 'fast-check';
import { createAssembly } from '../assembly.ts';
import { addPart, type Flush, startFlush } from '../flush.ts';
import { createKnownStats, type KnownStat } from '../known-stats.ts';
import { scopeRules } from '../scopes.ts';

const rulesOf = () =>
  scopeRules({
    stats: createKnownStats(),
    proxy: 'router',
    targets: {
      key: '',
      of: (cluster) => ({ kind: 'service', namespace: 'shop', name: cluster, port: '80' }),
    },
  });

/** A stream whose flushes are read with what is kept of the flush before. */
function openStream() {
  const rules = rulesOf();
  let families: readonly Family<KnownStat>[] = [];
  const completed: Flush[] = [];
  const assembly = createAssembly((flush) => completed.push(flush));
  return {
    send(timestamp: number, specs: readonly FamilySpec[]): number | undefined {
      const message = scanMessage(encodeMessage({ timestamp, families: specs }), rules, families);
      families = message.wanted;
      return assembly.add(message, rules, timestamp, 1);
    },
    /** The last complete flush. */
    last(): Flush {
      const flush = completed.at(-1);
      assert.ok(flush);
      return flush;
    },
  };
}

/** The flush of one message, read as if it were the first of its stream. */
function readWhole(timestamp: number, families: readonly FamilySpec[]) {
  const rules = rulesOf();
  const flush = startFlush(timestamp);
  const message = scanMessage(encodeMessage({ timestamp, families }), rules);
  return { flush, counted: addPart(flush, message, rules, timestamp, 1) };
}

function contentOf({ clusters, scopes, held, invalid, uptime, otherScopes, lacksClusters, families }: Flush) {
  return {
    clusters: clusters.all,
    scopes: scopes.all,
    held,
    invalid,
    uptime,
    otherScopes,
    lacksClusters,
    families,
  };
}

const cluster = (name: string, total: number, active = 0): FamilySpec[] => [
  { name: `cluster.outbound|80||${name};.upstream_rq_total`, counter: total },
  { name: `cluster.outbound|80||${name};.upstream_rq_active`, gauge: active },
  {
    name: `cluster.outbound|80||${name};.upstream_rq_time`,
    histogram: { count: active, sum: 7 * active, buckets: active === 0 ? [] : [[10, active]] },
  },
];

test('a cluster without a changed family is reused from the flush before', () => {
  const stream = openStream();
  const flush = (at: number, total: number) => {
    stream.send(at, [...cluster('web', total), ...cluster('api', 5)]);
    return stream.last().clusters.all;
  };
  stream.send(1_000, [...cluster('web', 1), ...cluster('api', 5)]);
  flush(2_000, 1);
  const before = flush(3_000, 1);
  const after = flush(4_000, 2);
  assert.equal(after[1], before[1], 'the same object');
  assert.deepEqual(after[0], { ...before[0], started: 2 });
  assert.equal(before[0]?.started, 1, 'the flush before is as it was');
});

test('a late part adds to its own flush and not to the one before', () => {
  const stream = openStream();
  for (const at of [1_000, 2_000, 3_000]) stream.send(at, cluster('web', 5));
  const before = stream.last();
  stream.send(4_000, cluster('web', 5));
  stream.send(4_000, cluster('web', 3));
  for (const at of [5_000, 6_000]) stream.send(at, cluster('web', 5));
  assert.equal(before.clusters.all[0]?.started, 5);
  assert.equal(stream.last().clusters.all[0]?.started, 5, 'a whole flush again');
});

test('reading any flush after another one gives the same result as reading it alone', () => {
  const stats: readonly ((value: number) => readonly FamilySpec[])[] = [
    ...['a', 'b', 'c'].map((name) => (value: number) => cluster(name, 1, value)),
    ...['a', 'b', 'c'].map((name) => (value: number) => cluster(name, value)),
    (gauge) => [{ name: 'http.outbound_0.0.0.0_80;.downstream_rq_active', gauge }],
    (gauge) => [{ name: 'server.uptime', gauge }],
    (gauge) => [{ name: 'cluster.a;.upstream_rq_total', counter: 1, labels: { some: `${gauge}` } }],
  ];
  const value = fc.constantFrom(0, 0, 1, 2, Number.NaN);
  // Most flushes of a gateway have the stats of the flush before.
  const similar = fc.array(fc.constantFrom(...stats), { minLength: 1, maxLength: 6 }).chain((kinds) => {
    const values = fc.array(value, { minLength: kinds.length, maxLength: kinds.length });
    return fc.array(
      values.map((of) => kinds.flatMap((kind, i) => kind(of[i] ?? 0))),
      { maxLength: 4 },
    );
  });
  const flushes = fc.array(similar, { maxLength: 4 }).map((all) => all.flat());
  fc.assert(
    fc.property(flushes, (all) => {
      const rules = rulesOf();
      let families: readonly Family<KnownStat>[] = [];
      let before: Flush | undefined;
      for (const [i, specs] of all.entries()) {
        const timestamp = 1_000 * (i + 1);
        const message = scanMessage(encodeMessage({ timestamp, families: specs }), rules, families);
        const next = startFlush(timestamp, before?.clusterFamilies);
        const counted = addPart(next, message, rules, timestamp, 1);
        const whole = readWhole(timestamp, specs);
        assert.deepEqual(contentOf(next), contentOf(whole.flush));
        assert.equal(counted, whole.counted);
        families = message.wanted;
        before = next;
      }
    }),
  );
});
