import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestInfo } from '../http/request-info.ts';
import { accessSpec } from './reviews.ts';
import { authenticated } from './user.ts';

const ALICE = authenticated({
  name: 'alice',
  uid: '42',
  groups: ['dev', 'ops'],
  extra: { scopes: ['a%2Fb'] },
});

function spec(path: string): string {
  return JSON.stringify(accessSpec(ALICE, requestInfo('GET', { path, query: new URLSearchParams() })));
}

const WHO =
  '"user":"alice","groups":["dev","ops","system:authenticated"],"extra":{"scopes":["a%2Fb"]},"uid":"42"}';

test('asks about a metric of pods byte for byte as Go does', () => {
  assert.equal(
    spec('/apis/custom.metrics.k8s.io/v1beta2/namespaces/default/pods/*/active_requests'),
    `{"resourceAttributes":{"namespace":"default","verb":"get","group":"custom.metrics.k8s.io","version":"v1beta2","resource":"pods","subresource":"active_requests","name":"*"},${WHO}`,
  );
});

test('asks about a namespace, an object without one, and a path', () => {
  assert.equal(
    spec('/apis/custom.metrics.k8s.io/v1beta2/namespaces/default/metrics/m'),
    `{"resourceAttributes":{"namespace":"default","verb":"get","group":"custom.metrics.k8s.io","version":"v1beta2","resource":"metrics","name":"m"},${WHO}`,
  );
  assert.equal(
    spec('/apis/custom.metrics.k8s.io/v1beta2/nodes/n1/m'),
    `{"resourceAttributes":{"verb":"get","group":"custom.metrics.k8s.io","version":"v1beta2","resource":"nodes","subresource":"m","name":"n1"},${WHO}`,
  );
  assert.equal(spec('/version'), `{"nonResourceAttributes":{"path":"/version","verb":"get"},${WHO}`);
});
