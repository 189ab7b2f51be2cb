import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDemandSource, parseDemandSources, type SourcePattern } from './demand-sources.ts';
import type { PeerCheck } from './peer-check.ts';

const gateway = { namespace: 'istio-system', name: 'ingress-6f7c9d-abcde', serviceAccount: 'ingress' };

function patterns(list: string): readonly SourcePattern[] {
  const parsed = parseDemandSources(list);
  assert.ok(typeof parsed !== 'string', String(parsed));
  return parsed;
}

const allowed = (list: string, check: PeerCheck, source = gateway) =>
  isDemandSource(patterns(list), check, source);

test('a source is allowed by namespace and a pattern for its service account or pod', () => {
  for (const list of ['istio-system/*', 'edge/x, istio-system/ingress', '*/ingress-*', 'istio-*/ing*', '*'])
    assert.equal(allowed(list, 'off'), true, list);
  for (const list of ['edge/*', 'istio-system/gateway', 'istio-system/ingres', 'istio/*', 'system/ingress*'])
    assert.equal(allowed(list, 'off'), false, list);
});

test('only what the peer check verifies allows a source', () => {
  assert.equal(allowed('istio-system/ingress', 'spiffe'), true);
  assert.equal(allowed('istio-system/ingress', 'address'), false, 'the service account is only claimed');
  assert.equal(allowed('istio-system/ingress-*', 'address'), true);
  assert.equal(allowed('istio-system/ingress-*', 'spiffe'), false, "the pod's name is only claimed");
  assert.equal(allowed('istio-system/*', 'spiffe'), true);
  assert.equal(allowed('istio-system/*', 'spiffe', { ...gateway, namespace: 'shop' }), false);
});

test('a dot of a pattern is a dot, and many asterisks cost no more than one', () => {
  assert.equal(allowed('edge/a.b', 'off', { namespace: 'edge', name: 'axb', serviceAccount: '' }), false);
  const name = 'a'.repeat(253);
  const started = performance.now();
  assert.equal(
    allowed(`edge/${'*'.repeat(200)}b`, 'off', { namespace: 'edge', name, serviceAccount: '' }),
    false,
  );
  assert.ok(performance.now() - started < 100);
});

test('an item that is no pattern is named', () => {
  assert.equal(parseDemandSources('edge/*,gateway'), 'gateway');
  assert.equal(parseDemandSources('Edge/gateway'), 'Edge/gateway');
  assert.equal(parseDemandSources('edge/a/b'), 'edge/a/b');
  assert.equal(parseDemandSources('edge/*,'), '');
});
