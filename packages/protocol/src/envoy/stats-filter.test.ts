import assert from 'node:assert/strict';
import { test } from 'node:test';
import { letsGaugeThrough } from './stats-filter.ts';

const matcher = (proxyStatsMatcher: Record<string, string[]>) => ({ PROXY_CONFIG: { proxyStatsMatcher } });

test('a filter lets the gauge through by prefix, suffix or whole regular expression', () => {
  const passing = [
    { inclusionPrefixes: ['cluster.', 'http.inbound'] },
    { inclusionSuffixes: ['downstream_rq_active'] },
    {
      inclusionRegexps: ['http\\.(inbound_[^;]*|InboundPassthroughCluster);\\.downstream_rq_(active|total)'],
    },
  ];
  for (const lists of passing)
    assert.equal(letsGaugeThrough(matcher(lists), 'sidecar'), true, JSON.stringify(lists));
});

test('without such a rule nothing is known', () => {
  const silent = [
    {},
    { inclusionPrefixes: ['cluster.'] },
    { inclusionRegexps: ['downstream_rq_active'] }, // Envoy matches the whole name
    { inclusionRegexps: ['(unclosed'] },
    { inclusionPrefixes: [''] },
  ];
  for (const lists of silent)
    assert.equal(letsGaugeThrough(matcher(lists), 'sidecar'), false, JSON.stringify(lists));
  assert.equal(letsGaugeThrough(matcher({ inclusionPrefixes: ['http.'] }), 'other'), false);
});

test('an annotation takes the place of the list of its kind', () => {
  const config = matcher({ inclusionPrefixes: ['http.inbound'] });
  const annotated = (kind: string, value: string) => ({
    ...config,
    ANNOTATIONS: { [`sidecar.istio.io/statsInclusion${kind}`]: value },
  });
  assert.equal(letsGaugeThrough(annotated('Prefixes', 'cluster.outbound,listener'), 'sidecar'), false);
  assert.equal(letsGaugeThrough(annotated('Prefixes', 'cluster.outbound,http.'), 'sidecar'), true);
  assert.equal(letsGaugeThrough(annotated('Suffixes', 'x'), 'sidecar'), true);
});

test('a regular expression made to hang a backtracking engine does not hang', { timeout: 10_000 }, () => {
  const evil = matcher({ inclusionRegexps: ['(([a-z_0-9;.]+)+)+!'] });
  assert.equal(letsGaugeThrough(evil, 'sidecar'), false);
});
