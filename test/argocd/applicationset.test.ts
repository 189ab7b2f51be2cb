import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type ControlPlane,
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
    source: object;
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

/** Either ApplicationSet, and the source that it gives to an Application of an environment. */
const FORMS = [
  {
    file: 'applicationset.yaml',
    what: 'its overlay',
    source: (environment?: string) => ({ path: `deploy/overlays/${environment}` }),
  },
  {
    file: 'chart/applicationset.yaml',
    what: 'the chart with its preset',
    source: (environment?: string) => ({
      path: 'deploy/chart',
      helm: { releaseName: 'activescale', valueFiles: [`presets/${environment}.yaml`], skipTests: true },
    }),
  },
];

for (const form of FORMS) {
  test(`Argo CD makes an Application of ${form.what} for each labelled cluster, and for no other`, async () => {
    await using repository = await startRepository();
    await using valkey = await startValkey();
    await using plane = await startControlPlane();
    await installCrds(plane.admin, 'argo-cd');
    await prepare(plane.admin);
    await applyArgocd(plane, ['project.yaml', form.file], repository.url);
    await using servers = await startServers({ kubeconfig: await plane.kubeconfig(), valkey });

    const list = () =>
      plane.admin.list<Application>('/apis/argoproj.io/v1alpha1/namespaces/argocd/applications');
    const expected = CLUSTERS.filter((each) => each[1] !== undefined);
    const applications = await until(
      async () => {
        const found = await list();
        return found.length >= expected.length && found;
      },
      { what: 'the Applications', deadline: 120_000, every: 500 },
    ).catch((cause) => {
      throw new Error(`${cause.message}\n${servers.logs().slice(-6000)}`, { cause });
    });
    const found = applications.map(({ metadata, spec: { project, source, destination } }) => [
      metadata.name,
      { project, source, destination },
    ]);
    const wanted = expected.map(([name, environment]) => [
      `activescale-${name}`,
      {
        project: 'activescale',
        source: { repoURL: repository.url, targetRevision: 'main', ...form.source(environment) },
        destination: { server: serverOf(name), namespace: 'activescale' },
      },
    ]);
    assert.deepEqual(Object.fromEntries(found), Object.fromEntries(wanted));
  });
}

/** Files of argocd/, for a repository at this address. */
async function applyArgocd(plane: ControlPlane, names: readonly string[], url: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'argocd-'));
  for (const name of names) {
    const text = await readFile(join(root, 'argocd', name), 'utf8');
    const file = join(folder, 'object.yaml');
    await writeFile(file, text.replaceAll(`${readOrigin().repository}.git`, url));
    await plane.kubectl('apply', '--server-side', '-f', file);
  }
  await rm(folder, { recursive: true });
}

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
