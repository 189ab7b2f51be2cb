import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type ControlPlane, installCrds, type KubeObject, startControlPlane } from '@activescale/devkit';
import { openShell, type Shell } from '../docs/shell.ts';
import { runJob } from './jobs.ts';
import { OVERLAYS, root } from './overlays.ts';

// From prometheus-adapter and back, beside KEDA, and from one overlay to another, by the commands of docs/install.md.

let plane: ControlPlane;
let shell: Shell;
let kedas: ApiService;
before(async () => {
  plane = await startControlPlane({ controllers: ['garbage-collector-controller', 'namespace-controller'] });
  await installCrds(plane.admin, 'cert-manager', 'prometheus-operator');
  shell = await openShell(plane);
  await shell.run(`ln -s '${join(root, 'deploy')}' deploy`);
  for (const adapters of ADAPTERS) await create(adapters);
  kedas = await create(KEDAS);
});
after(async () => {
  await shell?.[Symbol.asyncDispose]();
  await plane?.stop();
});

interface ApiService extends KubeObject {
  spec: Record<string, unknown> & { service: { name: string; namespace: string } };
}

const SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';
const CUSTOM = ['v1beta1.custom.metrics.k8s.io', 'v1beta2.custom.metrics.k8s.io'];
const EXTERNAL = 'v1beta1.external.metrics.k8s.io';

/** Of the chart prometheus-community/prometheus-adapter with its default values, and an adapter's second version of the group. */
const ADAPTERS = ['v1beta1', 'v1beta2'].map((version) => ({
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: {
    name: `${version}.custom.metrics.k8s.io`,
    labels: { 'app.kubernetes.io/managed-by': 'Helm' },
  },
  spec: {
    service: { name: 'prometheus-adapter', namespace: 'monitoring', port: 443 },
    group: 'custom.metrics.k8s.io',
    version,
    insecureSkipTLSVerify: true,
    groupPriorityMinimum: 100,
    versionPriority: 100,
  },
}));

/** Of the chart kedacore/keda. */
const KEDAS = {
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name: EXTERNAL, labels: { 'app.kubernetes.io/managed-by': 'Helm' } },
  spec: {
    service: { name: 'keda-operator-metrics-apiserver', namespace: 'keda', port: 443 },
    group: 'external.metrics.k8s.io',
    version: 'v1beta1',
    caBundle: Buffer.from("KEDA's").toString('base64'),
    groupPriorityMinimum: 100,
    versionPriority: 100,
  },
};

/** As helm does it: kubectl knows nothing of what it applied before. */
async function create(object: object): Promise<ApiService> {
  const { status, body } = await plane.admin.request(SERVICES, { method: 'POST', body: object });
  assert.equal(status, 201, body);
  return JSON.parse(body);
}

function read(name: string): Promise<ApiService> {
  return plane.admin.get<ApiService>(`${SERVICES}/${name}`);
}

/** Without what kube-apiserver sets. */
const declared = ({ metadata: { name, labels }, spec }: ApiService) => ({ name, labels, spec });

const install = await readFile(join(root, 'docs/install.md'), 'utf8');

/** The line of docs/install.md that has this in it. */
function documented(mark: string): string {
  const lines = install.split('\n').filter((line) => line.startsWith(mark));
  assert.ok(new Set(lines).size === 1, `one command of docs/install.md begins with ${mark}`);
  return lines[0] ?? '';
}

test("the documents' command shows who serves both groups", async () => {
  const shown = await shell.run(documented('kubectl get apiservices --output custom-columns'));
  assert.match(shown, /v1beta1\.custom\.metrics\.k8s\.io +prometheus-adapter +monitoring/);
  assert.match(shown, /v1beta1\.external\.metrics\.k8s\.io +keda-operator-metrics-apiserver +keda/);
});

test("from the chart's default objects the change-over ends with a verified APIService, and KEDA's is as it was", async () => {
  await shell.run(documented('kubectl get apiservices v1beta1.custom.metrics.k8s.io v1beta2'));
  await shell.run('kubectl apply -k deploy/overlays/qa');
  const jobs = await plane.serviceAccountKubeconfig('activescale', 'activescale-certificates');
  await runJob('qa', 'activescale-certificate', jobs);
  await runJob('qa', 'activescale-ca-bundle', jobs);
  for (const name of CUSTOM) {
    const { spec } = await read(name);
    assert.equal(`${spec.service.name}.${spec.service.namespace}`, 'activescale-api.activescale', name);
    assert.equal(spec.insecureSkipTLSVerify, undefined, name);
    assert.match(Buffer.from(String(spec.caBundle), 'base64').toString(), /BEGIN CERTIFICATE/, name);
  }
  assert.deepEqual(declared(await read(EXTERNAL)), declared(kedas));
});

test('from any overlay to any other nothing is refused, though Jobs and selectors cannot be changed', async () => {
  for (const overlay of [...OVERLAYS, ...OVERLAYS.toReversed()])
    await shell.run(`kubectl apply -k deploy/overlays/${overlay}`);
  assert.deepEqual(declared(await read(EXTERNAL)), declared(kedas));
});

test("removing activescale removes nothing of KEDA's, and the adapter that was kept comes back as it was", async () => {
  await shell.run(documented("sed -i '/resourceVersion:/d"));
  for (const overlay of OVERLAYS)
    await shell.run(`kubectl delete --ignore-not-found --wait=false -k deploy/overlays/${overlay}`);
  assert.deepEqual(declared(await read(EXTERNAL)), declared(kedas));
  for (const name of CUSTOM) {
    const { status } = await plane.admin.request(`${SERVICES}/${name}`);
    assert.equal(status, 404, name);
  }
  await shell.run(documented('kubectl apply -f previous-apiservices.yaml'));
  for (const { metadata, spec } of ADAPTERS)
    assert.deepEqual(declared(await read(metadata.name)), { ...metadata, spec });
});
