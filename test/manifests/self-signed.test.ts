import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  type Api,
  applyApiServices,
  type ControlPlane,
  createKubeClient,
  deployment,
  EXTERNAL_METRICS,
  type KubeObject,
  namespace,
  podCount,
  RECORDS_API,
  registerApi,
  runPods,
  startApi,
  startValkey,
  until,
} from '@activescale/devkit';
import { recordOf, V1BETA2 } from '../contract/api.ts';
import { openStore } from '../contract/open-store.ts';
import { startWithAccounts } from './accounts.ts';
import { runJob } from './jobs.ts';

// The overlay qa with external metrics, in its order: its job makes a certificate, api serves with it, its other job makes the cluster trust
// it. Each has the token of its own service account, and so only that account's rights.

const started = new AsyncDisposableStack();
let plane: ControlPlane;
let jobs: string;
let api: Api;
before(async () => {
  plane = started.use(
    await startWithAccounts('qa', { controllers: ['clusterrole-aggregation-controller'] }, [
      'external-metrics',
    ]),
  );
  jobs = await plane.serviceAccountKubeconfig('activescale', 'activescale-certificates');
});
after(() => started.disposeAsync());

interface Secret extends KubeObject {
  data: Record<'tls.crt' | 'tls.key' | 'ca.crt', string>;
}

const SECRETS = '/api/v1/namespaces/activescale/secrets';

function secret(name: string): Promise<Secret> {
  return plane.admin.get<Secret>(`${SECRETS}/${name}`);
}

test('the first job makes an authority and a certificate, and leaves both alone when it runs again', async () => {
  await runJob('qa', 'activescale-certificate', jobs);
  const [authority, serving] = [await secret('activescale-ca'), await secret('activescale-api-tls')];
  assert.equal(serving.data['ca.crt'], authority.data['tls.crt']);
  assert.match(await runJob('qa', 'activescale-certificate', jobs), /the certificate is up to date/);
  assert.equal((await secret('activescale-ca')).metadata.resourceVersion, authority.metadata.resourceVersion);
  assert.equal(
    (await secret('activescale-api-tls')).metadata.resourceVersion,
    serving.metadata.resourceVersion,
  );
});

test('the second job fails while an APIService does not exist yet, and names it', async () => {
  await assert.rejects(
    runJob('qa', 'activescale-ca-bundle', jobs),
    /apiservices\/v1beta2\.custom\.metrics\.k8s\.io: 404/,
  );
});

test('after it kube-apiserver trusts what api serves, which it did not before', async () => {
  await startServing();
  const path = `${V1BETA2}/namespaces/shop/pods/*/active_requests`;
  const untrusted = async () => /503.*unknown authority/.test(await say(path));
  await until(untrusted, { what: 'a refusal to trust it', deadline: 60_000 });
  await runJob('qa', 'activescale-ca-bundle', jobs);
  await until(async () => (await say(path)).startsWith('200'), {
    what: 'trust',
    deadline: 60_000,
  });
  for (const name of [
    'v1beta2.custom.metrics.k8s.io',
    'v1beta1.custom.metrics.k8s.io',
    'v1beta1.external.metrics.k8s.io',
    'v1alpha1.activescale.io',
  ]) {
    const at = `/apis/apiregistration.k8s.io/v1/apiservices/${name}`;
    const { spec } = await plane.admin.get<KubeObject & { spec: { caBundle: string } }>(at);
    assert.equal(spec.caBundle, (await secret('activescale-ca')).data['tls.crt'], name);
  }
});

test('an APIService that leads to another server does not get our authority', async () => {
  const at = (name: string) => `/apis/apiregistration.k8s.io/v1/apiservices/${name}`;
  const [required, optional] = ['v1beta1.custom.metrics.k8s.io', 'v1beta1.external.metrics.k8s.io'] as const;
  const { spec } = await plane.admin.get<KubeObject & { spec: { caBundle: string } }>(at(required));
  const repoint = (name: string, service: string, more: object = {}) =>
    plane.admin.patch(at(name), { spec: { service: { name: service }, ...more } });
  await repoint(optional, 'keda-operator-metrics-apiserver', { caBundle: null });
  assert.match(
    await runJob('qa', 'activescale-ca-bundle', jobs),
    /unchanged: the APIService belongs to another server/,
  );
  const foreign = await plane.admin.get<KubeObject & { spec: { caBundle?: string } }>(at(optional));
  assert.equal(foreign.spec.caBundle, undefined);
  await repoint(required, 'prometheus-adapter', { caBundle: null });
  await assert.rejects(
    runJob('qa', 'activescale-ca-bundle', jobs),
    /APIService v1beta1\.custom\.metrics\.k8s\.io belongs to prometheus-adapter\.activescale\.svc/,
  );
  for (const name of [required, optional])
    await repoint(name, 'activescale-api', { caBundle: spec.caBundle });
});

test('where another adapter has left insecureSkipTLSVerify, the job puts verification in its place', async () => {
  const path = '/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.custom.metrics.k8s.io';
  await plane.admin.patch(path, { spec: { caBundle: null, insecureSkipTLSVerify: true } });
  await runJob('qa', 'activescale-ca-bundle', jobs);
  const { spec } = await plane.admin.get<KubeObject & { spec: Record<string, unknown> }>(path);
  assert.equal(spec.insecureSkipTLSVerify, undefined);
  assert.equal(typeof spec.caBundle, 'string');
});

test('api answers for pods, workloads, Services and namespaces with the rights of its account', async () => {
  const paths = ['pods/*', 'deployments.apps/web', 'services/web', 'metrics'];
  for (const path of paths) {
    const { status, body } = await plane.admin.request(`${V1BETA2}/namespaces/shop/${path}/active_requests`);
    assert.equal(status, 200, `${path}: ${body}`);
    const { items } = JSON.parse(body) as { items: { value: string }[] };
    assert.equal(
      items.reduce((sum, { value }) => sum + Number(value), 0),
      3,
      path,
    );
  }
  await until(
    async () => {
      const text = await (await fetch(`http://127.0.0.1:${api.adminPort}/metrics`)).text();
      return /ca_bundle_valid\{apiservice="v1beta2\.custom\.metrics\.k8s\.io"\} 1/.test(text);
    },
    { what: 'its own look at the caBundle', deadline: 30_000 },
  );
  assert.doesNotMatch(api.logs(), /forbidden/i);
});

test('who may view a namespace may read its metrics, and no other namespace', async () => {
  await plane.admin.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'viewers', namespace: 'shop' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'viewer' }],
  });
  const viewer = await plane.client({ name: 'viewer' });
  const ask = async (namespace: string) =>
    (await viewer.request(`${V1BETA2}/namespaces/${namespace}/pods/*/active_requests`)).status;
  await until(async () => (await ask('shop')) === 200, { what: 'the right to read', deadline: 30_000 });
  assert.equal(await ask('default'), 403);
});

test('none of the accounts may do what is not its part', async () => {
  using client = createKubeClient(plane.server);
  const status = async (file: string, method: string, path: string, body?: object) => {
    const { users } = JSON.parse(await readFile(file, 'utf8'));
    const type = method === 'PATCH' ? { 'content-type': 'application/apply-patch+yaml' } : {};
    const headers = { authorization: `Bearer ${users[0].user.token}`, ...type };
    return (await client.request(path, { method, headers, ...(body && { body }) })).status;
  };
  const ofApi = await plane.serviceAccountKubeconfig('activescale', 'activescale-api');
  const ofIngest = await plane.serviceAccountKubeconfig('activescale', 'activescale-ingest');
  const other = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'other', namespace: 'activescale' } };
  const foreign = '/apis/apiregistration.k8s.io/v1/apiservices/v1.apps';
  const tries: [string, string, string, string, object?][] = [
    ['api', ofApi, 'GET', `${SECRETS}/activescale-ca`],
    ['api', ofApi, 'GET', '/api/v1/nodes'],
    ['api', ofApi, 'POST', '/api/v1/namespaces/shop/pods', { apiVersion: 'v1', kind: 'Pod' }],
    ['api', ofApi, 'DELETE', '/apis/apps/v1/namespaces/shop/deployments/web'],
    ['api', ofApi, 'GET', '/api/v1/namespaces/kube-system/configmaps'],
    ['ingest', ofIngest, 'GET', '/api/v1/namespaces/shop/pods'],
    ['the jobs', jobs, 'GET', SECRETS],
    ['the jobs', jobs, 'POST', SECRETS, other],
    ['the jobs', jobs, 'PATCH', `${SECRETS}/other?fieldManager=activescale`, other],
    ['the jobs', jobs, 'GET', '/api/v1/namespaces/shop/secrets/activescale-ca'],
    ['the jobs', jobs, 'DELETE', `${SECRETS}/activescale-ca`],
    ['the jobs', jobs, 'GET', foreign],
  ];
  for (const [who, file, method, path, body] of tries) {
    assert.equal(await status(file, method, path, body), 403, `${who}: ${method} ${path}`);
  }
});

test('a Secret of another owner is not overwritten, and the job names it', async () => {
  await plane.admin.delete(`${SECRETS}/activescale-api-tls`);
  const data = { 'tls.crt': 'bWluZQ==', 'tls.key': 'bWluZQ==' };
  const metadata = { name: 'activescale-api-tls', namespace: 'activescale' };
  await plane.admin.apply({ apiVersion: 'v1', kind: 'Secret', metadata, data });
  await assert.rejects(
    runJob('qa', 'activescale-certificate', jobs),
    /the Secret activescale-api-tls in activescale was not created by activescale-self-signed/,
  );
  assert.deepEqual((await secret('activescale-api-tls')).data, data);
});

/** Status and body of an answer through kube-apiserver, on one line. */
async function say(path: string): Promise<string> {
  const { status, body } = await plane.admin.request(path);
  return `${status} ${body.replaceAll('\n', ' ')}`;
}

/** A Deployment with a Service, their pods' records, api with the certificate of its Secret, and its APIServices. */
async function startServing(): Promise<void> {
  const { admin } = plane;
  await admin.apply(namespace('shop'));
  await admin.apply(deployment('web', 'shop', 2));
  await admin.apply({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
  });
  await podCount(admin, 2, { namespace: 'shop' });
  const pods = await runPods(admin, { namespace: 'shop' });
  const valkey = started.use(await startValkey());
  const store = started.use(await openStore(valkey));
  const now = store.clock.now() ?? 0;
  // Of a slow stream, which makes a record last for the whole test.
  const slow = { flushLength: 60_000, expiry: 270_000 };
  await store.write(pods.map((name, i) => recordOf({ name, active: i + 1, ...slow }, Math.floor(now))));
  const folder = await mkdtemp(join(tmpdir(), 'tls-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const { data } = await secret('activescale-api-tls');
  const [TLS_CERT_FILE, TLS_KEY_FILE] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  await writeFile(TLS_CERT_FILE, Buffer.from(data['tls.crt'], 'base64'));
  await writeFile(TLS_KEY_FILE, Buffer.from(data['tls.key'], 'base64'));
  const KUBECONFIG = await plane.serviceAccountKubeconfig('activescale', 'activescale-api');
  api = started.use(await startApi({ VALKEY_ADDR: valkey.addr, KUBECONFIG, TLS_CERT_FILE, TLS_KEY_FILE }));
  const registration = { securePort: api.securePort, caBundle: plane.ca.cert };
  await registerApi(admin, registration);
  await applyApiServices(admin, { ...registration, versions: [...EXTERNAL_METRICS, ...RECORDS_API] });
}
