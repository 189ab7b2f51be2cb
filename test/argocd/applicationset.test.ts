import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  installCrds,
  type KubeClient,
  type KubeObject,
  namespace,
  startControlPlane,
  startValkey,
  until,
} from '@activescale/devkit';
import { readOrigin } from '../../scripts/release/origin.ts';
import { root } from '../manifests/overlays.ts';
import { startRepository } from './repository.ts';
import { startServers } from './servers.ts';

// Argo CD's own controller on argocd/: `npm run argocd`, which builds it the first time.

interface Application extends KubeObject {
  spec: {
    project: string;
    source: { repoURL: string; targetRevision: string; path: string };
    destination: { server: string; namespace: string };
  };
}

/** The clusters that Argo CD knows, each with the name of its overlay; the last one is not ours. */
const CLUSTERS = [
  ['dev-1', 'dev'],
  ['qa-1', 'qa'],
  ['staging-1', 'staging'],
  ['prod-east', 'prod'],
  ['prod-west', 'prod'],
  ['other', undefined],
] as const;

test('Argo CD makes an Application of its overlay for each labelled cluster, and for no other', async () => {
  await using repository = await startRepository();
  await using valkey = await startValkey();
  await using plane = await startControlPlane();
  await installCrds(plane.admin, 'argo-cd');
  await prepare(plane.admin);
  const folder = await mkdtemp(join(tmpdir(), 'argocd-'));
  for (const name of ['project.yaml', 'applicationset.yaml']) {
    const text = await readFile(join(root, 'argocd', name), 'utf8');
    const file = join(folder, name);
    await writeFile(file, text.replaceAll(`${readOrigin().repository}.git`, repository.url));
    await plane.kubectl('apply', '--server-side', '-f', file);
  }
  await rm(folder, { recursive: true });
  await using servers = await startServers({ kubeconfig: await plane.kubeconfig(), valkey });

  const list = () =>
    plane.admin.list<Application>('/apis/argoproj.io/v1alpha1/namespaces/argocd/applications');
  const expected = CLUSTERS.filter(([, environment]) => environment !== undefined);
  const applications = await until(
    async () => {
      const found = await list();
      return found.length >= expected.length && found;
    },
    { what: 'the Applications', deadline: 120_000, every: 500 },
  ).catch((cause) => {
    throw new Error(`${cause.message}\n${servers.logs().slice(-6000)}`, { cause });
  });
  assert.deepEqual(
    applications
      .map(({ metadata, spec }) => [metadata.name, spec.source.path, spec.destination.server])
      .sort(),
    expected
      .map(([name, environment]) => [`activescale-${name}`, `deploy/overlays/${environment}`, serverOf(name)])
      .sort(),
  );
  for (const { spec } of applications) {
    assert.equal(spec.project, 'activescale');
    assert.equal(spec.source.repoURL, repository.url);
    assert.equal(spec.destination.namespace, 'activescale');
  }
});

const serverOf = (cluster: string) => `https://${cluster}.example:6443`;

/** What an installation of Argo CD has: its settings, and the clusters it knows. */
async function prepare(admin: KubeClient): Promise<void> {
  await admin.apply(namespace('argocd'));
  const labels = { 'app.kubernetes.io/part-of': 'argocd' };
  const metadata = (name: string) => ({ name, namespace: 'argocd', labels });
  await admin.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata('argocd-cm') });
  const stringData = { 'server.secretkey': 'for tests only' };
  await admin.apply({ apiVersion: 'v1', kind: 'Secret', metadata: metadata('argocd-secret'), stringData });
  for (const [name, environment] of CLUSTERS) {
    await admin.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: `cluster-${name}`,
        namespace: 'argocd',
        labels: {
          'argocd.argoproj.io/secret-type': 'cluster',
          ...(environment && { 'activescale.io/environment': environment }),
        },
      },
      stringData: { name, server: serverOf(name), config: '{}' },
    });
  }
}
