import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { installCrds, type KubeObject, startControlPlane } from '@activescale/devkit';
import { parse } from 'yaml';
import { OVERLAYS, overlayObjects, root } from './overlays.ts';

const folder = join(root, 'argocd');

interface Allowed {
  group: string;
  kind: string;
}

interface Project {
  spec: {
    clusterResourceWhitelist: Allowed[];
    namespaceResourceWhitelist: Allowed[];
    destinations: { namespace: string }[];
  };
}

test('the project and the set are what Argo CD knows them to be, to the last field', async () => {
  await using plane = await startControlPlane();
  await installCrds(plane.admin, 'argo-cd');
  await plane.kubectl('create', 'namespace', 'argocd');
  const said = await plane.kubectl('apply', '--server-side', '--validate=strict', '-o', 'name', '-f', folder);
  assert.deepEqual(said.trimEnd().split('\n').sort(), [
    'applicationset.argoproj.io/activescale',
    'appproject.argoproj.io/activescale',
  ]);
  const chart = join(folder, 'chart/applicationset.yaml');
  await plane.kubectl('apply', '--server-side', '--validate=strict', '-f', chart);
});

test('the project lets in every object of every overlay, at its place, and no other kind', async () => {
  const { spec } = parse(await readFile(join(folder, 'project.yaml'), 'utf8')) as Project;
  const places = spec.destinations.map(({ namespace }) => namespace);
  const used = new Set<string>();
  const objects = await Promise.all(OVERLAYS.map((overlay) => overlayObjects(overlay)));
  for (const { apiVersion, kind, metadata } of objects.flat()) {
    const list = metadata.namespace ? spec.namespaceResourceWhitelist : spec.clusterResourceWhitelist;
    const group = apiVersion.includes('/') ? apiVersion.replace(/\/.*/, '') : '';
    assert.ok(
      list.some((each) => each.group === group && each.kind === kind),
      `${group} ${kind}`,
    );
    if (metadata.namespace) assert.ok(places.includes(metadata.namespace), metadata.namespace);
    used.add(`${group} ${kind}`);
  }
  const allowed = [...spec.clusterResourceWhitelist, ...spec.namespaceResourceWhitelist];
  assert.deepEqual(
    allowed.map(({ group, kind }) => `${group} ${kind}`).filter((each) => !used.has(each)),
    [],
  );
});

for (const overlay of OVERLAYS) {
  test(`${overlay}: what something needs comes in an earlier wave`, async () => {
    const objects = await overlayObjects(overlay);
    const waves = (...names: string[]) => {
      const found = objects.filter((object) => names.some((name) => isNamed(object, name))).map(wave);
      return { first: Math.min(...found), last: Math.max(...found), count: found.length };
    };
    const order = [
      waves('Namespace'),
      waves('ServiceAccount', 'ConfigMap', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'),
      waves('Certificate activescale-api', 'Job activescale-certificate', 'Deployment valkey', 'StatefulSet'),
      waves('Deployment activescale-ingest', 'Deployment activescale-api'),
      waves('APIService'),
    ];
    for (const [index, { first, count }] of order.entries()) {
      assert.ok(count > 0);
      assert.ok(first > (order[index - 1]?.last ?? Number.NEGATIVE_INFINITY), `step ${index}`);
    }
    const bundle = objects.find((object) => isNamed(object, 'Job activescale-ca-bundle'));
    if (bundle) assert.ok(wave(bundle) > waves('APIService').last);
  });
}

function isNamed({ kind, metadata }: KubeObject, name: string): boolean {
  return name === kind || name === `${kind} ${metadata.name}`;
}

function wave({ metadata }: KubeObject): number {
  const { annotations = {} } = metadata as { annotations?: Record<string, string> };
  return Number(annotations['argocd.argoproj.io/sync-wave'] ?? 0);
}
