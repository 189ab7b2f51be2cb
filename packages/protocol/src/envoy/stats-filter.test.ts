import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Metadata } from './identity/struct.ts';
import { compileStatsFilter, passesRules, statsRulesOf } from './stats-filter.ts';

const GAUGE = 'http.inbound_0.0.0.0_8080;.downstream_rq_active';
const matcher = (proxyStatsMatcher: Record<string, string[]>): Metadata => ({
  PROXY_CONFIG: { proxyStatsMatcher },
});
const passes = (metadata: Metadata, name = GAUGE) => {
  const rules = statsRulesOf(metadata);
  return rules && compileStatsFilter(rules)(name);
};

test('a filter lets a stat pass by prefix, suffix or an expression that matches the whole name', () => {
  const passing = [
    { inclusionPrefixes: ['cluster.', 'http.inbound'] },
    { inclusionSuffixes: ['downstream_rq_active'] },
    {
      inclusionRegexps: ['http\\.(inbound_[^;]*|InboundPassthroughCluster);\\.downstream_rq_(active|total)'],
    },
  ];
  for (const lists of passing) assert.equal(passes(matcher(lists)), true, JSON.stringify(lists));
  const hiding = [
    { inclusionPrefixes: ['cluster.'] },
    { inclusionRegexps: ['downstream_rq_active'] },
    { inclusionRegexps: ['(unclosed'] },
  ];
  for (const lists of hiding) assert.equal(passes(matcher(lists)), false, JSON.stringify(lists));
});

test('metadata without any rule shows no filter', () => {
  for (const metadata of [{}, { PROXY_CONFIG: {} }, matcher({}), matcher({ inclusionPrefixes: [''] })])
    assert.equal(statsRulesOf(metadata), undefined, JSON.stringify(metadata));
});

test('an annotation replaces the list of its kind, an empty one does not', () => {
  const config = matcher({ inclusionPrefixes: ['http.inbound'] });
  const annotated = (kind: string, value: string) => ({
    ...config,
    ANNOTATIONS: { [`sidecar.istio.io/statsInclusion${kind}`]: value },
  });
  assert.equal(passes(annotated('Prefixes', 'cluster.outbound,listener')), false);
  assert.equal(passes(annotated('Prefixes', 'cluster.outbound,http.')), true);
  assert.equal(passes(annotated('Suffixes', 'x')), true);
  assert.equal(passes(annotated('Prefixes', '')), true);
});

test('{pod_ip} stands for each address of the pod', () => {
  const metadata = {
    ...matcher({ inclusionPrefixes: ['http.inbound_{pod_ip}_'] }),
    INSTANCE_IPS: '10.1.0.7,10.1.0.8',
  };
  assert.equal(passes(metadata, 'http.inbound_10.1.0.8_80;.downstream_rq_active'), true);
  assert.equal(passes(metadata, 'http.inbound_10.1.0.9_80;.downstream_rq_active'), false);
});

test('rules that are too long for a stat name match none, and their addresses cannot make them longer', () => {
  const long = '{pod_ip}'.repeat(30_000);
  const metadata = {
    ...matcher({ inclusionPrefixes: [long], inclusionSuffixes: [long], inclusionRegexps: [long] }),
    INSTANCE_IPS: 'h'.repeat(100_000),
  };
  const rules = statsRulesOf(metadata);
  assert.ok(rules);
  assert.ok(JSON.stringify(rules).length < 1_000);
  assert.equal(compileStatsFilter(rules)(GAUGE), false);
});

test('a filter is undecided only if an expression with an unknown result decides', () => {
  const rules = { prefixes: ['http.'], suffixes: [], regexps: ['unknown', 'known'] };
  const decide = (known: boolean, name: string) =>
    passesRules(rules, name, (regexp) => (regexp === 'known' ? known : undefined));
  assert.deepEqual([decide(false, 'http.x'), decide(true, 'x'), decide(false, 'x')], [true, true, undefined]);
});

test('with too many rules no stat passes', () => {
  const inclusionPrefixes = Array.from({ length: 65 }, () => 'http.');
  assert.equal(passes(matcher({ inclusionPrefixes })), false);
});

test('expressions made to hang a matcher or its compiler do not hang', { timeout: 10_000 }, () => {
  for (const evil of [
    '(([a-z_0-9;.]+)+)+!',
    '((a{1,900}){1,900}){1,900}',
    'x{99999999}',
    `${'(a|b'.repeat(400)}`,
    '(?:.{0,30}){33}',
    `(?:${'ab'.repeat(400)}){900}`,
    `(?i)${'\\pL'.repeat(300)}`,
    `(?i)${'[a-\\x{10ffff}]'.repeat(60)}`,
    `(?i)${'[^ä]'.repeat(200)}`,
    `${'(.*.)*'.repeat(160)}!`,
  ])
    assert.equal(passes(matcher({ inclusionRegexps: [evil] })), false);
});
