import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  type ControlPlane,
  helm,
  installCrds,
  type KubeObject,
  startControlPlane,
} from '@activescale/devkit';
import { stringify } from 'yaml';
import { chart, objectsOf, PRESETS, presetFile, renderedWithHooks } from '../chart.ts';
import { openRelease } from './release.ts';

// Each preset, and all options at once, against a real kube-apiserver that has addresses of both families.

/** Every option that the presets leave at its default. */
const ALL_OPTIONS = {
  images: {
    pullPolicy: 'IfNotPresent',
    pullSecrets: ['registry'],
    api: { digest: `sha256:${'0'.repeat(64)}` },
  },
  externalMetrics: { enabled: true },
  keda: { enabled: true, mtls: true },
  fallThrough: { custom: { enabled: true }, external: { enabled: true } },
  monitoring: { labels: { release: 'prometheus' } },
  openshift: true,
  services: { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'] },
  networkPolicies: { dnsCidrs: ['169.254.20.10/32', 'fd00::a/128'], apiserverCidrs: ['192.0.2.0/24'] },
  settings: { VALKEY_SENTINEL_TLS: false, LOG_VERBOSITY: 4 },
  ingest: {
    settings: { GRPC_MAX_STREAMS: 1_500_000 },
    podAnnotations: { 'example.com/owner': 'platform' },
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [{ key: 'dedicated', operator: 'Exists' }],
    affinity: { nodeAffinity: {} },
    priorityClassName: 'system-cluster-critical',
  },
  api: { metrics: [{ name: 'web_load', signal: 'active_requests' }], hostNetwork: false },
  valkey: {
    cluster: { storageClass: 'fast' },
    maxmemory: '400mb',
    nodeSelector: { 'kubernetes.io/os': 'linux' },
  },
};

let plane: ControlPlane;
let folder: string;
let all: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'server-'));
  all = join(folder, 'all.yaml');
  await writeFile(all, stringify(ALL_OPTIONS));
  plane = await startControlPlane({
    controllers: ['garbage-collector-controller'],
    apiserverArgs: ['--service-cluster-ip-range=10.0.0.0/24,fd00:10::/112'],
  });
  await installCrds(plane.admin, 'cert-manager', 'prometheus-operator', 'keda');
  for (const name of ['activescale', 'keda']) await plane.kubectl('create', 'namespace', name);
});
after(async () => {
  await plane?.stop();
  await rm(folder, { recursive: true, force: true });
});

const CASES = PRESETS.map((name) => ({ name, files: () => [presetFile(name)] })).concat({
  name: 'prod with all options',
  files: () => [presetFile('prod'), all],
});

for (const { name, files } of CASES) {
  const values = () => files().flatMap((file) => ['--values', file]);

  test(`${name}: helm lint has no complaint`, async () => {
    const said = await helm('lint', chart, '--strict', ...values());
    assert.match(said, /1 chart\(s\) linted, 0 chart\(s\) failed/);
  });

  test(`${name}: kube-apiserver knows every field, in a trial and for good, and the removal leaves nothing`, async () => {
    const release = openRelease('activescale', await plane.kubeconfig());
    const objects = await renderedWithHooks(...values());
    const file = join(folder, 'objects.json');
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
    await plane.kubectl('apply', '--dry-run=server', '--validate=strict', '-f', file);

    await release.run('install', chart, ...values(), '--dry-run=server');
    await release.run('install', chart, ...values());
    const installed = objectsOf(await release.run('get manifest'));
    for (const object of installed)
      assert.equal((await statusOf(object)) as string, '', object.metadata.name);
    if (files().includes(all)) await hasBothFamilies();
    // A release without nodes has no pod for the hook that deletes Secrets; lifecycle.test.ts has.
    await release.run('uninstall', '--no-hooks', '--wait');
    for (const object of installed)
      assert.match((await statusOf(object)) as string, /NotFound/, object.metadata.name);
  });
}

/** The error of kubectl for an object, '' if it exists. */
async function statusOf({ kind, apiVersion, metadata }: KubeObject): Promise<string> {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const type = `${kind}.${version}.${group}`;
  const place = metadata.namespace === undefined ? [] : ['--namespace', metadata.namespace];
  return plane.kubectl('get', type, metadata.name, ...place, '--output=name').then(
    () => '',
    (error) => String(error),
  );
}

async function hasBothFamilies(): Promise<void> {
  for (const service of ['activescale-ingest', 'activescale-api']) {
    const { spec } = await plane.admin.get<KubeObject & { spec: { clusterIPs: string[] } }>(
      `/api/v1/namespaces/activescale/services/${service}`,
    );
    assert.deepEqual(
      spec.clusterIPs.map((ip) => (ip.includes(':') ? 'IPv6' : 'IPv4')),
      ['IPv6', 'IPv4'],
    );
  }
}
