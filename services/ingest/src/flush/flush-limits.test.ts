import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scanMessage } from '@activescale/protocol/envoy';
import { encodeMessage, type FamilySpec } from '@activescale/protocol/testing';
import { addPart, type Flush, startFlush } from './flush.ts';
import { countPart, MAX_BYTES, MAX_CLUSTERS, MAX_DURATION, MAX_PARTS, MAX_SCOPES } from './flush-limits.ts';
import { createKnownStats } from './known-stats.ts';
import { learnStreams, NO_STREAMS } from './load/own-streams.ts';
import { loadClusters } from './load/upstream.ts';
import { scopeRules } from './scopes.ts';

const rules = scopeRules({ stats: createKnownStats(), proxy: 'other' });

function add(flush: Flush, families: readonly FamilySpec[]): number {
  return addPart(flush, scanMessage(encodeMessage({ timestamp: 1, families }), rules), rules, 0);
}

/** This number of gauges, each of another scope or cluster. */
function gauges(count: number, nameOf: (index: number) => string): FamilySpec[] {
  return Array.from({ length: count }, (_, i) => ({ name: nameOf(i), gauge: 1 }));
}
const scopeName = (i: number) => `http.scope_${i}.downstream_rq_active`;
const clusterName = (i: number) => `cluster.cluster_${i}.upstream_rq_active`;

test('a flush has at most 1,024 scopes and 16,384 clusters, over all of its messages', () => {
  for (const [max, nameOf] of [
    [MAX_SCOPES, scopeName],
    [MAX_CLUSTERS, clusterName],
  ] as const) {
    const flush = startFlush(1);
    const all = gauges(max, nameOf);
    assert.equal(add(flush, all.slice(0, max / 2)), max / 2);
    add(flush, all.slice(max / 2));
    add(flush, all); // the same ones again
    assert.equal(flush.scopes.all.length + flush.clusters.all.length, max);
    assert.throws(() => add(flush, [{ name: nameOf(max), gauge: 1 }]), { code: 'ERR_FLUSH_SCOPES' });
  }
});

test('a flush has a limited number of messages, bytes and milliseconds', () => {
  const of = () => startFlush(1);
  const parts = of();
  for (let i = 0; i < MAX_PARTS; i++) countPart(parts, 100, 5);
  assert.throws(() => countPart(parts, 100, 5), {
    code: 'ERR_FLUSH_PARTS',
    message: 'a flush has more than 16384 messages',
  });
  const bytes = of();
  countPart(bytes, MAX_BYTES, 5);
  assert.throws(() => countPart(bytes, 1, 5), { code: 'ERR_FLUSH_BYTES' });
  const duration = of();
  countPart(duration, 1, 5);
  countPart(duration, 1, 5 + MAX_DURATION);
  assert.throws(() => countPart(duration, 1, 6 + MAX_DURATION), { code: 'ERR_FLUSH_DURATION' });
});

test('clusters that a proxy seems to have for itself are learned up to a limit', () => {
  let streams = NO_STREAMS;
  for (let flushed = 0; flushed < 3; flushed++) {
    const flush = startFlush(flushed);
    add(flush, [{ name: scopeName(0), gauge: 0 }, ...gauges(MAX_CLUSTERS, clusterName)]);
    streams = learnStreams(streams, flush);
  }
  assert.deepEqual([streams.inFlight.size, streams.atRest?.size], [256, 256]);
});

test('as many clusters as a flush may have are added up in a moment', { timeout: 10_000 }, () => {
  const flush = startFlush(1);
  add(flush, [
    { name: scopeName(0), gauge: 1 },
    ...gauges(MAX_CLUSTERS, clusterName),
    ...Array.from({ length: MAX_CLUSTERS }, (_, i) => ({
      name: `cluster.cluster_${i}.upstream_rq_total`,
      counter: 1,
    })),
  ]);
  const options = {
    proxy: 'other',
    isDeclared: false,
    areDeltas: false,
    streams: NO_STREAMS,
    mayHideEgress: false,
  } as const;
  for (let i = 0; i < 20; i++) {
    const clusters = loadClusters(flush, options) ?? [];
    const sum = clusters.reduce((total, { active }) => total + (active ?? 0), 0);
    assert.equal(sum, 1);
  }
});
