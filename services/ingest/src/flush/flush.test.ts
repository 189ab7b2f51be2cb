import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scanMessage } from '@activescale/protocol/envoy';
import { encodeMessage, type FamilySpec } from '@activescale/protocol/testing';
import { addPart, type Flush, startFlush } from './flush.ts';
import { createKnownStats } from './known-stats.ts';
import { scopeRules } from './scopes.ts';

test('a histogram whose bounds do not rise counts without its buckets', () => {
  const name = 'http.inbound_0.0.0.0_8080;.downstream_rq_time';
  const durationsOf = (...bounds: number[]) => {
    const buckets = bounds.map((bound): [number, number] => [bound, 1]);
    const bytes = encodeMessage({
      timestamp: 1,
      families: [{ name, histogram: { count: 1, sum: 7, buckets } }],
    });
    const rules = scopeRules({ stats: createKnownStats(), proxy: 'sidecar' });
    const flush = startFlush(1);
    addPart(flush, scanMessage(bytes, rules), rules, 0);
    return flush.scopes.find('inbound_0.0.0.0_8080', 0)?.durations;
  };
  assert.deepEqual(durationsOf(5, 10), { count: 1, sum: 7, buckets: [5, 1, 10, 1], quantiles: [] });
  for (const bounds of [[0], [-1], [10, 5], [5, 5], [Number.NaN], [5, Number.POSITIVE_INFINITY]]) {
    assert.deepEqual(durationsOf(...bounds), { count: 1, sum: 7, buckets: [], quantiles: [] });
  }
});

/** Stats of clusters that are read only where they are demand. */
const UNREAD = {
  started: undefined,
  completed: undefined,
  errors: undefined,
  overflow: undefined,
  unhealthy: undefined,
  durations: undefined,
};

test('each stat is summed up over the parts of a flush, as what it is', () => {
  const scope = 'inbound_0.0.0.0_8080';
  const http = (stat: string) => `http.${scope};.downstream_${stat}`;
  const cluster = (stat: string) => `cluster.inbound|8080||;.upstream_${stat}`;
  const counters = ['rq_total', 'rq_completed', 'rq_5xx', 'rq_rx_reset'];
  const families = [
    ...counters.map((stat, i) => ({ name: http(stat), counter: i + 1 })),
    { name: http('rq_active'), gauge: 5 },
    { name: http('cx_upgrades_active'), gauge: 6 },
    { name: cluster('rq_active'), gauge: 7 },
    { name: cluster('rq_pending_active'), gauge: 8 },
    { name: 'server.uptime', gauge: 9 },
  ];
  const flush = flushOf(families, families);
  assert.deepEqual(flush.clusters.all[0], {
    name: 'inbound|8080||',
    prefix: 'cluster.inbound|8080||;',
    role: 'own',
    port: '8080',
    target: undefined,
    active: 14,
    pending: 16,
    ...UNREAD,
  });
  assert.deepEqual(flush.scopes.all[0], {
    name: scope,
    prefix: `http.${scope};`,
    port: '8080',
    active: 10,
    upgrades: 12,
    started: 2,
    completed: 4,
    errors: 6,
    reset: 8,
    durations: undefined,
  });
  assert.deepEqual([flush.uptime, flush.parts, flush.families, flush.invalid], [9, 2, 18, undefined]);
  for (const bad of [-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 64 - 1000]) {
    const counted = flushOf(families, [{ name: http('rq_total'), counter: bad }]);
    assert.deepEqual([counted.scopes.find(scope, 0)?.started, counted.invalid], [1, undefined]);
    for (const name of [http('rq_active'), http('cx_upgrades_active'), cluster('rq_active')]) {
      assert.equal(flushOf(families, [{ name, gauge: bad }]).invalid, `${name}=${bad}`);
    }
  }
});

function flushOf(...parts: readonly (readonly FamilySpec[])[]): Flush {
  const rules = scopeRules({ stats: createKnownStats(), proxy: 'sidecar' });
  const flush = startFlush(1);
  for (const families of parts) {
    addPart(flush, scanMessage(encodeMessage({ timestamp: 1, families }), rules), rules, 0);
  }
  return flush;
}
