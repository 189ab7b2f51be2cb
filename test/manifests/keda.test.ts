import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import {
  type ControlPlane,
  installCrds,
  type KubeObject,
  kedaManifests,
  namespace,
  startControlPlane,
} from '@activescale/devkit';
import { parse } from 'yaml';
import { overlayWith, root } from './overlays.ts';

// The components for KEDA, and the ScaledObjects of deploy/examples, as far as a cluster without KEDA's operator can tell.
// test/keda runs them with the operator.

let plane: ControlPlane;
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keda-'));
  plane = await startControlPlane();
  await installCrds(plane.admin, 'keda', 'cert-manager', 'prometheus-operator');
  for (const name of ['activescale', 'keda', 'shop']) await plane.admin.apply(namespace(name));
});
after(async () => {
  await plane?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** kube-apiserver takes the file, and knows every field. */
function taken(file: string, ...args: readonly string[]): Promise<string> {
  return plane.kubectl('apply', '--dry-run=server', '--validate=strict', '-o', 'name', '-f', file, ...args);
}

for (const [overlay, ...components] of [
  ['qa', 'keda'],
  ['prod', 'keda', 'keda-mtls'],
] as const) {
  test(`kube-apiserver takes ${overlay} with ${components.join(' and ')}`, async () => {
    const objects = await overlayWith(overlay, ...components);
    const file = join(folder, `${overlay}.json`);
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
    assert.equal((await taken(file)).trimEnd().split('\n').length, objects.length);
  });
}

for (const example of ['keda-demand', 'keda-load']) {
  test(`kube-apiserver takes deploy/examples/${example}.yaml`, async () => {
    const said = await taken(join(root, `deploy/examples/${example}.yaml`), '--namespace', 'shop');
    assert.equal(said, 'scaledobject.keda.sh/web\n');
  });
}

test('the examples use the port and the authentication of the component', async () => {
  const objects = await overlayWith('qa', 'keda');
  const service = find(objects, 'Service', 'activescale-api') as Service;
  const [port] = service.spec.ports.filter(({ name }) => name === 'keda');
  const address = `${service.metadata.name}.${service.metadata.namespace}.svc:${port?.port}`;
  find(objects, 'ClusterTriggerAuthentication', 'activescale');
  for (const example of ['keda-demand', 'keda-load']) {
    const { spec } = parse(await readFile(join(root, `deploy/examples/${example}.yaml`), 'utf8'));
    for (const { metadata, authenticationRef } of spec.triggers) {
      assert.equal(metadata.scalerAddress, address);
      assert.deepEqual(authenticationRef, { kind: 'ClusterTriggerAuthentication', name: 'activescale' });
    }
  }
});

test("the port is open to the pods of KEDA's operator, as its manifests label them, and to no other pod", async () => {
  const { spec } = find(await overlayWith('qa', 'keda'), 'NetworkPolicy', 'activescale-keda') as Policy;
  const operator = parse(await readFile((await kedaManifests()).operator, 'utf8'));
  const [rule, ...more] = spec.ingress;
  assert.deepEqual([more, rule?.ports], [[], [{ port: 'keda' }]]);
  const [peer, ...others] = rule?.from ?? [];
  assert.deepEqual(others, []);
  assert.deepEqual(peer?.namespaceSelector.matchLabels, {
    'kubernetes.io/metadata.name': operator.metadata.namespace,
  });
  assert.deepEqual(peer?.podSelector.matchLabels, operator.spec.selector.matchLabels);
});

test('every variable of the components is a setting of api', async () => {
  const variables = async (...components: readonly string[]) => {
    const maps = (await overlayWith('prod', ...components)).filter(({ kind }) => kind === 'ConfigMap');
    return new Set(maps.flatMap(({ data }) => Object.keys(data as object)));
  };
  const added = (await variables('keda', 'keda-mtls')).difference(await variables());
  assert.deepEqual([...added].sort(), ['KEDA_CLIENT_CA_FILE', 'KEDA_PORT']);
  const main = join(root, 'services/api/src/main.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [main, '--print-settings']);
  const settings = new Set((JSON.parse(stdout) as { name: string }[]).map(({ name }) => name));
  assert.deepEqual([...added.difference(settings)], []);
});

interface Service extends KubeObject {
  spec: { ports: { name: string; port: number }[] };
}

interface Labels {
  matchLabels: Record<string, string>;
}

interface Policy extends KubeObject {
  spec: {
    ingress: { from: { namespaceSelector: Labels; podSelector: Labels }[]; ports: object[] }[];
  };
}

function find(objects: readonly KubeObject[], kind: string, name: string): KubeObject {
  const object = objects.find((each) => each.kind === kind && each.metadata.name === name);
  assert.ok(object, `no ${kind} ${name}`);
  return object;
}
