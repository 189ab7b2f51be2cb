import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scanMessage } from '@activescale/protocol/envoy';
import { encodeMessage } from '@activescale/protocol/testing';
import { addPart, startFlush } from './flush.ts';
import { scopeRules } from './scopes.ts';

test('a histogram whose bounds do not rise counts without its buckets', () => {
  const name = 'http.inbound_0.0.0.0_8080;.downstream_rq_time';
  const durationsOf = (...bounds: number[]) => {
    const buckets = bounds.map((bound): [number, number] => [bound, 1]);
    const bytes = encodeMessage({
      timestamp: 1,
      families: [{ name, histogram: { count: 1, sum: 7, buckets } }],
    });
    const rules = scopeRules('sidecar', undefined);
    const flush = startFlush(1);
    addPart(flush, scanMessage(bytes, rules.wants), rules, 0);
    return flush.scopes.get('inbound_0.0.0.0_8080')?.durations;
  };
  assert.deepEqual(durationsOf(5, 10), { count: 1, sum: 7, buckets: [5, 1, 10, 1] });
  for (const bounds of [[0], [-1], [10, 5], [5, 5], [Number.NaN], [5, Number.POSITIVE_INFINITY]]) {
    assert.deepEqual(durationsOf(...bounds), { count: 1, sum: 7, buckets: [] });
  }
});
