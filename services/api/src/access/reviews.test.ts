import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeClient } from '@activescale/kube';
import { requestInfo } from '../http/request-info.ts';
import { accessSpec, createReviews } from './reviews.ts';
import { ANONYMOUS, authenticated, type User } from './user.ts';

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

/** A kube-apiserver that knows one token and lets the HPA do everything. */
function start() {
  const asked = { tokens: 0, access: 0 };
  const post = async (_path: string, { spec }: { spec: { token?: string; user?: string } }) => {
    if (spec.token === undefined) {
      asked.access++;
      return { status: { allowed: spec.user === 'hpa' } };
    }
    asked.tokens++;
    return { status: { authenticated: spec.token === 'good', user: { username: 'prometheus' } } };
  };
  const client = { post } as Partial<KubeClient> as KubeClient;
  return { asked, reviews: createReviews({ client, called() {}, stale() {}, refused() {} }) };
}

const PATH = (i: number) => requestInfo('GET', { path: `/x${i}`, query: new URLSearchParams() });
const codeOf = (error: { status?: { code: number } }) => error.status?.code;

test('made-up tokens of one address become few TokenReviews, and a valid one of another is known', async () => {
  const { asked, reviews } = start();
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, (_, i) => reviews.token(`x${i}`, '10.0.0.1').catch(codeOf)),
  );
  assert.ok(asked.tokens < 100, `${asked.tokens} reviews`);
  assert.equal(answers.filter((answer) => answer === 429).length, 1_000 - asked.tokens);
  assert.equal((await reviews.token('good', '10.0.0.2'))?.name, 'prometheus');
});

test('the same token at the same time is reviewed once', async () => {
  const { asked, reviews } = start();
  const all = await Promise.all(Array.from({ length: 100 }, () => reviews.token('good', '10.0.0.1')));
  assert.ok(all.every((user) => user?.name === 'prometheus'));
  assert.equal(asked.tokens, 1);
});

test('paths of the anonymous and of a user without rights become few reviews, and the HPA goes on', async () => {
  const { asked, reviews } = start();
  const flood = (user: User) =>
    Promise.all(
      Array.from({ length: 1_000 }, (_, i) => reviews.access(user, PATH(i), '10.0.0.1').catch(codeOf)),
    );
  await flood(ANONYMOUS);
  // A few more where the test is slow: the budget is refilled meanwhile.
  assert.ok(asked.access < 100, `${asked.access} reviews`);
  await flood({ name: 'mallory', groups: [] });
  assert.ok(asked.access < 300, `${asked.access} reviews`);
  const hpa = { name: 'hpa', groups: [] };
  for (let i = 0; i < 500; i++) assert.ok((await reviews.access(hpa, PATH(i), '10.0.0.1')).allowed);
});
