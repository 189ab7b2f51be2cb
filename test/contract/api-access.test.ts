import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import {
  apiCredential,
  clusterRole,
  clusterRoleBinding,
  createAuthority,
  createKubeClient,
  type KubeClient,
  namespace,
  role,
  roleBinding,
  until,
} from '@activescale/devkit';
import { V1BETA2 } from './api.ts';
import { type ClusterBench, startInCluster } from './api-cluster.ts';

// Section 5 of the metrics API's specification: who asks, and whether they may, decided by a real kube-apiserver.

let bench: ClusterBench;
before(async () => {
  bench = await startInCluster();
  const { admin } = bench.plane;
  await admin.apply(namespace('shop'));
  const rules = [
    { apiGroups: ['custom.metrics.k8s.io'], resources: ['pods/active_requests'], verbs: ['get'] },
  ];
  await admin.apply(role('metrics', 'shop', rules));
  await admin.apply({
    ...roleBinding('metrics', 'shop', 'metrics', { kind: 'Group', name: 'readers, of metrics' }),
  });
  await admin.apply(roleBinding('koeln', 'shop', 'metrics', { kind: 'Group', name: 'Köln' }));
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

const PODS = `${V1BETA2}/namespaces/shop/pods/*/active_requests`;
const EMPTY =
  '{"kind":"MetricValueList","apiVersion":"custom.metrics.k8s.io/v1beta2","metadata":{},"items":[]}\n';
const UNAUTHORIZED =
  '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}\n';

function forbidden(user: string, path = PODS): string {
  const what = `pods.custom.metrics.k8s.io \\"*\\" is forbidden: User \\"${user}\\" cannot get resource \\"pods/active_requests\\" in API group \\"custom.metrics.k8s.io\\" in the namespace \\"shop\\"`;
  const details = '{"name":"*","group":"custom.metrics.k8s.io","kind":"pods"}';
  const [message, detail] =
    path === PODS ? [what, details] : [`forbidden: User \\"${user}\\" cannot get path \\"${path}\\"`, '{}'];
  return `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"${message}","reason":"Forbidden","details":${detail},"code":403}\n`;
}

async function answer(client: KubeClient, path = PODS, headers = {}): Promise<[number, string]> {
  const { status, body } = await client.request(path, { headers });
  return [status, body];
}

async function userClient(name: string, groups: readonly string[] = []): Promise<KubeClient> {
  return bench.direct(await bench.plane.credential({ name, groups }));
}

test('an anonymous user is refused as such: no certificate, no token', async () => {
  const nobody = bench.direct();
  assert.deepEqual(await answer(nobody), [403, forbidden('system:anonymous')]);
  assert.deepEqual(await answer(nobody, '/metrics'), [403, forbidden('system:anonymous', '/metrics')]);
  assert.equal((await nobody.request('/metrics')).headers['x-content-type-options'], 'nosniff');
});

test('the exact paths of probes are free, and no others', async () => {
  const nobody = bench.direct();
  for (const path of ['/healthz', '/livez', '/readyz'])
    assert.deepEqual(await answer(nobody, path), [200, 'ok']);
  assert.deepEqual(await answer(nobody, '/readyz/ping'), [
    403,
    forbidden('system:anonymous', '/readyz/ping'),
  ]);
});

test('authorization comes before the path: what does not exist, and methods that are not allowed, are forbidden too', async () => {
  const nobody = bench.direct();
  assert.deepEqual(await answer(nobody, '/nope'), [403, forbidden('system:anonymous', '/nope')]);
  assert.equal((await nobody.request(PODS, { method: 'POST', body: {} })).status, 403);
  const admin = await userClient('root', ['system:masters']);
  assert.equal((await admin.request(PODS, { method: 'POST', body: {} })).status, 405);
});

test('a user of the cluster by certificate: 403 without a role, the metric with one, by a group that holds a comma', async () => {
  assert.deepEqual(await answer(await userClient('denied-user')), [403, forbidden('denied-user')]);
  const reader = await userClient('reader', ['readers, of metrics']);
  assert.deepEqual(await answer(reader), [200, EMPTY]);
  assert.equal((await answer(reader, PODS.replace('shop', 'other')))[0], 403);
});

test('a user of very many groups, through kube-apiserver: each group is a header', async () => {
  const groups = Array.from({ length: 400 }, (_, i) => `team-${i}-of-a-large-organization`);
  const many = await bench.plane.client({ name: 'many', groups: [...groups, 'readers, of metrics'] });
  assert.deepEqual(await answer(many), [200, EMPTY]);
  const nobody = await bench.plane.client({ name: 'nobody', groups });
  assert.equal((await answer(nobody))[0], 403);
});

test('a right in one namespace reads no other, however the path is written', async () => {
  const rules = [{ apiGroups: ['custom.metrics.k8s.io'], resources: ['*'], verbs: ['*'] }];
  await bench.plane.admin.apply(role('all-metrics', 'shop', rules));
  await bench.plane.admin.apply(
    roleBinding('all-metrics', 'shop', 'all-metrics', { kind: 'User', name: 'tenant' }),
  );
  const tenant = await userClient('tenant');
  assert.deepEqual(await answer(tenant), [200, EMPTY]);
  for (const rest of [
    'namespaces/default/m',
    'namespaces/default/active_requests',
    'Namespaces/default/active_requests',
    'namespace/default/active_requests',
    'namespaces%2Fdefault%2Factive_requests',
    'namespaces/default/active_requests/',
    'pods/%2E%2E%2F%2E%2E%2Fdefault%2Fpods%2F*/active_requests',
    'namespaces/default/pods/*/active_requests',
  ]) {
    const { status, body } = await tenant.request(`${V1BETA2}/namespaces/shop/${rest}`);
    assert.equal(status, 404, `${rest}: ${body}`);
  }
});

test('system:masters may do everything, without a review', async () => {
  assert.deepEqual(await answer(await userClient('root', ['system:masters'])), [200, EMPTY]);
});

test('a certificate of an unknown authority, or a forged one of the same name: 401', async () => {
  for (const name of ['stranger', 'kubernetes']) {
    const stranger = await createAuthority(name);
    const credential = await stranger.sign({ name: 'root', groups: ['system:masters'], use: 'client' });
    assert.deepEqual(await answer(bench.direct(credential)), [401, UNAUTHORIZED]);
  }
});

test('X-Remote-* headers of anyone but the front proxy mean nothing', async () => {
  const headers = { 'x-remote-user': 'root', 'x-remote-group': 'system:masters' };
  assert.deepEqual(await answer(bench.direct(), PODS, headers), [403, forbidden('system:anonymous')]);
  assert.deepEqual(await answer(await userClient('denied-user'), PODS, headers), [
    403,
    forbidden('denied-user'),
  ]);
});

test('the front proxy may name other users; with a wrong name, or without a user, it is refused', async () => {
  const { ca, client } = bench.plane.frontProxy;
  const headers = { 'x-remote-user': 'root', 'x-remote-group': 'system:masters' };
  assert.deepEqual(await answer(bench.direct(client), PODS, headers), [200, EMPTY]);
  assert.deepEqual(await answer(bench.direct(client)), [401, UNAUTHORIZED]);
  const misnamed = await ca.sign({ name: 'not-the-front-proxy', use: 'client' });
  assert.deepEqual(await answer(bench.direct(misnamed), PODS, headers), [401, UNAUTHORIZED]);
});

test('a user whose name is not ASCII is that user, directly and through kube-apiserver', async () => {
  const user = { name: 'jörg', groups: ['Köln'] };
  assert.deepEqual(await answer(await bench.plane.client(user)), [200, EMPTY]);
  const onWire = (text: string) => Buffer.from(text).toString('latin1');
  const headers = { 'x-remote-user': onWire('jörg'), 'x-remote-group': onWire('Köln') };
  const { client } = bench.plane.frontProxy;
  assert.deepEqual(await answer(bench.direct(client), PODS, headers), [200, EMPTY]);
  const other = { ...headers, 'x-remote-group': onWire('Koeln') };
  assert.deepEqual(await answer(bench.direct(client), PODS, other), [403, forbidden('jörg')]);
});

test('impersonation is refused here, and works through kube-apiserver', async () => {
  const root = { name: 'root', groups: ['system:masters'] };
  const direct = bench.direct(await bench.plane.credential(root));
  for (const [name, value] of [
    ['Impersonate-User', 'denied-user'],
    ['Impersonate-Group', 'system:masters'],
    ['Impersonate-Uid', '1'],
    ['Impersonate-Extra-Scopes', 'view'],
  ] as const) {
    const [status, body] = await answer(direct, PODS, { [name]: value });
    assert.equal(status, 403, name);
    assert.match(body, new RegExp(`the header ${name.toLowerCase()} is not supported here`));
  }
  const proxied = await bench.plane.client(root);
  assert.deepEqual(await answer(proxied, PODS, { 'Impersonate-User': 'denied-user' }), [
    403,
    forbidden('denied-user'),
  ]);
});

test('a bad token: 401, also on a probe; a good one: its user', async () => {
  const bad = { authorization: 'Bearer nonsense' };
  assert.deepEqual(await answer(bench.direct(), PODS, bad), [401, UNAUTHORIZED]);
  assert.deepEqual(await answer(bench.direct(), '/readyz', bad), [401, UNAUTHORIZED]);
  const { admin } = bench.plane;
  await admin.apply({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'robot', namespace: 'shop' },
  });
  const { status, body } = await admin.request('/api/v1/namespaces/shop/serviceaccounts/robot/token', {
    method: 'POST',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
  });
  assert.equal(status, 201);
  const good = { authorization: `Bearer ${JSON.parse(body).status.token}` };
  assert.deepEqual(await answer(bench.direct(), PODS, good), [
    403,
    forbidden('system:serviceaccount:shop:robot'),
  ]);
});

test('a role of no namespace gives the paths that are no resources', async () => {
  const rules = [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }];
  const { admin } = bench.plane;
  await admin.apply({ ...clusterRole('scraper', []), rules });
  await admin.apply(clusterRoleBinding('scraper', 'scraper', { kind: 'User', name: 'scraper' }));
  const [status] = await answer(await userClient('scraper'), '/metrics');
  assert.equal(status, 200);
});

test('a new serving certificate is served without a restart', async () => {
  const next = await createAuthority('next');
  const credential = await apiCredential(next);
  const old = await apiCredential(bench.plane.ca);
  const server = { host: '127.0.0.1', port: bench.api.securePort, servername: 'localhost' };
  const healthy = async (ca: string) => {
    using client = createKubeClient({ ...server, ca });
    return (await client.request('/readyz')).status === 200;
  };
  assert.equal(await healthy(bench.plane.ca.cert), true);
  await writeFile(bench.certFile, credential.cert);
  await writeFile(bench.keyFile, credential.key);
  await until(() => healthy(next.cert), { what: 'the new certificate', deadline: 20_000 });
  // kube-apiserver's bundle no longer vouches for it, which its own probe does not see: we do.
  await bench.api.line(
    (line) => line.includes('does not verify the served certificate') || undefined,
    'it saw that the bundle is wrong',
  );
  await writeFile(bench.certFile, old.cert);
  await writeFile(bench.keyFile, old.key);
  await until(() => healthy(bench.plane.ca.cert), { what: 'the former certificate', deadline: 20_000 });
});

test('a rotated front proxy authority works while the server runs', async () => {
  // The former one goes on to be trusted: kube-apiserver publishes it beside the new one until it expires.
  await bench.plane.rotateFrontProxy();
  const headers = { 'x-remote-user': 'root', 'x-remote-group': 'system:masters' };
  const { client } = bench.plane.frontProxy;
  const speaks = async () => {
    using direct = bench.direct(client); // api limits the open connections of an address
    return (await answer(direct, PODS, headers))[0] === 200;
  };
  await until(speaks, { what: 'the new front proxy to be believed', deadline: 90_000, every: 200 });
  // In between the aggregator may have been refused, and takes the API for unavailable until it looks again.
  const proxied = async () => (await answer(bench.plane.admin))[0] === 200;
  await until(proxied, { what: 'an answer through the aggregator', deadline: 90_000, every: 200 });
});

test('while reviews cannot be had: a former yes is served, others fail within 2 s, the masters go on', async () => {
  const reader = await userClient('reader', ['readers, of metrics']);
  const masters = await userClient('root', ['system:masters']);
  assert.equal((await answer(reader))[0], 200);
  bench.plane.apiserver.kill('SIGSTOP');
  try {
    const stranger = await userClient('stranger');
    const timed = async (client: KubeClient) => {
      const start = performance.now();
      const [status, body] = await answer(client);
      return { status, body, took: performance.now() - start };
    };
    const refused = await timed(stranger);
    assert.equal(refused.status, 500);
    assert.match(refused.body, /^Internal Server Error: "\/apis\/custom\.metrics\.k8s\.io/);
    assert.ok(refused.took < 2_000, `${refused.took} ms`);
    // Older than the 10 s that an answer counts for.
    await until(
      () => bench.api.logs().includes('using the cached result') || timed(reader).then(() => false),
      {
        what: 'a former answer to be used again',
        deadline: 30_000,
        every: 200,
      },
    );
    assert.equal((await timed(reader)).status, 200);
    const free = await timed(masters);
    assert.equal(free.status, 200);
    assert.ok(free.took < 1_000, `${free.took} ms`);
    for (const path of ['/apis', V1BETA2]) assert.equal((await answer(masters, path))[0], 200);
  } finally {
    bench.plane.apiserver.kill('SIGCONT');
  }
});
