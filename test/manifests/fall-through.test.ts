import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { type ControlPlane, installCrds, type KubeObject } from '@activescale/devkit';
import { rightsOf, startWithAccounts } from './accounts.ts';
import { OVERLAYS, overlayObjects, overlayWith, podTemplates, root } from './overlays.ts';

// The components fall-through and fall-through-external on top of every overlay.

const COMPONENTS = ['fall-through', 'fall-through-external'];
const SIDES = [
  { setting: 'FALLTHROUGH_CUSTOM', name: 'activescale-fall-through-custom', namespace: 'monitoring' },
  { setting: 'FALLTHROUGH_EXTERNAL', name: 'activescale-fall-through-external', namespace: 'keda' },
];

let plane: ControlPlane;
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fall-through-'));
  plane = await startWithAccounts('qa');
  await installCrds(plane.admin, 'cert-manager', 'prometheus-operator');
});
after(async () => {
  await plane?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function fallingThrough(overlay: string): Promise<KubeObject[]> {
  const isCertManager = (await overlayObjects(overlay)).some(({ kind }) => kind === 'Certificate');
  const external = isCertManager ? 'external-metrics-cert-manager' : 'external-metrics';
  return overlayWith(overlay, external, ...COMPONENTS);
}

interface ConfigMap extends KubeObject {
  data: Readonly<Record<string, string>>;
}

function settingsOfApi(objects: readonly KubeObject[]): Readonly<Record<string, string>> {
  const map = objects.find(
    ({ kind, metadata }) => kind === 'ConfigMap' && /^activescale-api-[a-z0-9]{10}$/.test(metadata.name),
  );
  return (map as ConfigMap | undefined)?.data ?? {};
}

for (const overlay of OVERLAYS) {
  test(`${overlay}: kube-apiserver knows every field, and the pods of api are still "restricted"`, async () => {
    const objects = await fallingThrough(overlay);
    const file = join(folder, `${overlay}.json`);
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
    await plane.kubectl('apply', '--dry-run=server', '--validate=strict', '-f', file);
    const { metadata, spec } = podTemplates(objects).get('Deployment activescale-api') ?? {};
    const { status, body } = await plane.admin.request('/api/v1/namespaces/activescale/pods?dryRun=All', {
      method: 'POST',
      body: { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: 'api' }, spec },
    });
    assert.equal(status, 201, body);
  });

  test(`${overlay}: each authority is where api reads it`, async () => {
    const objects = await fallingThrough(overlay);
    const settings = settingsOfApi(objects);
    const spec = podTemplates(objects).get('Deployment activescale-api')?.spec;
    const [container] = spec?.containers ?? [];
    for (const { setting, name } of SIDES) {
      const path = settings[`${setting}_CA_FILE`] ?? '';
      const mount = container?.volumeMounts?.find(({ mountPath }) => mountPath === dirname(path));
      const volume = spec?.volumes?.find((each) => each.name === mount?.name);
      assert.deepEqual(
        (volume as { configMap?: object } | undefined)?.configMap,
        { name, items: [{ key: 'ca.crt', path: 'ca.crt' }] },
        `${setting}: ${path}`,
      );
    }
  });
}

test('every variable of the components is a setting of api', async () => {
  const main = join(root, 'services/api/src/main.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [main, '--print-settings']);
  const names = (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name);
  const settings = Object.keys(settingsOfApi(await fallingThrough('qa')));
  assert.equal(settings.filter((name) => name.startsWith('FALLTHROUGH_')).length, 4);
  assert.deepEqual(
    settings.filter((name) => !names.includes(name)),
    [],
  );
});

test('api may also read the metrics of both groups, to query the other adapters, and nothing else', async () => {
  const before = await rightsOf(plane, 'activescale-api', 'shop');
  const roles = (await fallingThrough('qa')).filter(({ kind }) => /^ClusterRole/.test(kind));
  for (const object of roles) await plane.admin.apply(object);
  const after = await rightsOf(plane, 'activescale-api', 'shop');
  assert.deepEqual(
    after.filter((right) => !before.includes(right)),
    ['*.custom.metrics.k8s.io [] [] [get list]', '*.external.metrics.k8s.io [] [] [get list]'],
  );
});

test('a policy allows api to reach the pods of each adapter, whatever else an overlay restricts', async () => {
  const objects = await fallingThrough('qa');
  const settings = settingsOfApi(objects);
  for (const { setting, name, namespace } of SIDES) {
    assert.match(settings[setting] ?? '', new RegExp(`^${namespace}/`));
    const policy = objects.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === name) as
      | (KubeObject & { spec: { egress: unknown; podSelector: { matchLabels: object } } })
      | undefined;
    const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
    assert.deepEqual(policy?.spec.egress, [{ to: [{ namespaceSelector }], ports: [{ port: 6443 }] }]);
    assert.deepEqual(policy?.spec.podSelector.matchLabels, {
      'app.kubernetes.io/name': 'activescale',
      'app.kubernetes.io/component': 'api',
    });
  }
});
