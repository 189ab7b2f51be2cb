import assert from 'node:assert/strict';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { type ControlPlane, createAuthority, type KubeObject, startControlPlane } from '@activescale/devkit';
import { blocksOf } from '../docs/blocks.ts';
import { commands } from '../docs/commands.ts';
import { openShell, type Shell } from '../docs/shell.ts';
import { runJob } from './jobs.ts';
import { root } from './overlays.ts';

// The steps of docs/migrate-from-prometheus-adapter.md and the way back, by its commands. `npm run fallthrough` has the
// adapter itself.

const DOCUMENT = 'docs/migrate-from-prometheus-adapter.md';
const SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';
const BETA1 = 'v1beta1.custom.metrics.k8s.io';
const BETA2 = 'v1beta2.custom.metrics.k8s.io';

/** What `kubectl apply` of another overlay does not delete. */
const LEFTOVERS = [
  '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  '/apis/networking.k8s.io/v1/namespaces/activescale/networkpolicies',
  '/api/v1/namespaces/activescale/configmaps',
].map((path) => `${path}/activescale-fall-through-custom`);

interface ApiService extends KubeObject {
  spec: Record<string, unknown> & { service: { name: string; namespace: string; port?: number } };
}

let plane: ControlPlane;
let shell: Shell;
let authority: string;
before(async () => {
  plane = await startControlPlane();
  shell = await openShell(plane);
  await cp(join(root, 'deploy'), join(shell.folder, 'deploy'), { recursive: true });
  for (const { where, text } of blocksOf('yaml')) {
    const [, path] = /^# (\S+\.yaml)\n/.exec(text) ?? [];
    if (path === undefined || !where.startsWith(DOCUMENT)) continue;
    await mkdir(dirname(join(shell.folder, path)), { recursive: true });
    await writeFile(join(shell.folder, path), text);
  }
  authority = (await createAuthority('of the adapter')).cert;
  const { status, body } = await plane.admin.request(SERVICES, { method: 'POST', body: adapters() });
  assert.equal(status, 201, body);
});
after(async () => {
  await shell?.[Symbol.asyncDispose]();
  await plane?.stop();
});

/** Of the chart prometheus-community/prometheus-adapter with `tls.enable`. */
function adapters(): ApiService {
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: BETA1, labels: { 'app.kubernetes.io/managed-by': 'Helm' } },
    spec: {
      service: { name: 'prometheus-adapter', namespace: 'monitoring', port: 443 },
      group: 'custom.metrics.k8s.io',
      version: 'v1beta1',
      caBundle: Buffer.from(authority).toString('base64'),
      groupPriorityMinimum: 100,
      versionPriority: 100,
    },
  };
}

/** Runs the command of the document that begins so. */
async function run(mark: string): Promise<void> {
  const found = commands().filter(
    ({ where, text }) => where.startsWith(DOCUMENT) && `${text} `.startsWith(`${mark} `),
  );
  assert.equal(new Set(found.map(({ text }) => text)).size, 1, `one command begins with ${mark}`);
  await shell.run(found[0]?.text ?? '');
}

async function ownerOf(name: string): Promise<string | undefined> {
  const { status, body } = await plane.admin.request(`${SERVICES}/${name}`);
  return status === 404 ? undefined : (JSON.parse(body) as ApiService).spec.service.name;
}

test('step 1 leaves the APIService of prometheus-adapter, and api gets its CA', async () => {
  await run('kubectl get apiservices v1beta1.custom.metrics.k8s.io --output yaml');
  await run('sed -i');
  await run("kubectl get apiservices v1beta1.custom.metrics.k8s.io --output jsonpath='{.spec.caBundle}'");
  await run('kubectl apply -k deploy/overlays/adapter-beside');
  await run('kubectl create configmap');
  assert.deepEqual([await ownerOf(BETA1), await ownerOf(BETA2)], ['prometheus-adapter', undefined]);
  const { data } = await plane.admin.get<KubeObject & { data: object }>(
    '/api/v1/namespaces/activescale/configmaps/activescale-fall-through-custom',
  );
  assert.deepEqual(data, { 'ca.crt': authority });
});

test('step 2 moves both versions, and leaves the pods of api as they are', async () => {
  const deployment = '/apis/apps/v1/namespaces/activescale/deployments/activescale-api';
  const before = await plane.admin.get(deployment);
  await run('kubectl apply -k deploy/overlays/adapter');
  const jobs = await plane.serviceAccountKubeconfig('activescale', 'activescale-certificates');
  await runJob('dev', 'activescale-certificate', jobs);
  await runJob('dev', 'activescale-ca-bundle', jobs);
  assert.deepEqual([await ownerOf(BETA1), await ownerOf(BETA2)], ['activescale-api', 'activescale-api']);
  assert.equal((await plane.admin.get(deployment)).metadata.generation, before.metadata.generation);
});

test('the rollback restores the APIService of prometheus-adapter as it was', async () => {
  await run('kubectl replace');
  assert.equal(await ownerOf(BETA2), undefined);
  const { spec, metadata } = await plane.admin.get<ApiService>(`${SERVICES}/${BETA1}`);
  assert.deepEqual([spec, metadata.labels], [adapters().spec, adapters().metadata.labels]);
});

test('the last step removes every object of the component', async () => {
  await run('kubectl apply -k deploy/overlays/adapter');
  await run('kubectl apply -k deploy/overlays/dev');
  await run('kubectl delete clusterrole,clusterrolebinding');
  await run('kubectl delete networkpolicy,configmap');
  for (const path of LEFTOVERS) assert.equal((await plane.admin.request(path)).status, 404, path);
});
