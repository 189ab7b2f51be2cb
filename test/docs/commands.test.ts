import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import {
  type ControlPlane,
  deployment,
  installCrds,
  type KubeObject,
  namespace,
  podCount,
  promtoolBinary,
  runPods,
  startControlPlane,
} from '@activescale/devkit';
import { recordOf } from '../contract/api.ts';
import { podsOlderThan } from '../contract/api-cluster.ts';
import { openStore } from '../contract/open-store.ts';
import { root } from '../manifests/overlays.ts';
import { blocksOf } from './blocks.ts';
import { type Bench, CHECKS } from './command-checks.ts';
import { commands } from './commands.ts';
import { runInstalled } from './installed.ts';
import { openShell, type Shell } from './shell.ts';

// Every command that a document shows is run where it can run here, on a cluster with what the documents speak of: an
// overlay whose services run, the Deployment shop/web whose pods have pushed, its HPA.

const WITH_EXTERNAL = `resources: [../qa]
components: [../../components/external-metrics]
`;

const started = new AsyncDisposableStack();
let bench: Bench;
before(async () => {
  const plane = started.use(await startControlPlane({ controllers: ['clusterrole-aggregation-controller'] }));
  const shell = started.use(await openShell(plane));
  await copyTree(shell.folder);
  await installCrds(plane.admin, 'argo-cd', 'keda');
  for (const name of ['shop', 'argocd', 'keda']) await plane.admin.apply(namespace(name));
  for (const name of AUTHORITIES) await plane.admin.apply(authority(name));
  const overlay = join(shell.folder, 'deploy/overlays/external');
  await mkdir(overlay);
  await writeFile(join(overlay, 'kustomization.yaml'), WITH_EXTERNAL);
  await shell.run('kubectl apply -k deploy/overlays/external');
  await shell.run('kubectl apply -f deploy/components/monitoring/network-policy.yaml');
  const installed = started.use(await runInstalled(plane, 'qa', { EXTERNAL_METRICS: 'true' }));
  // A minute after they have ended they are gone (ttlSecondsAfterFinished).
  await shell.run('kubectl delete jobs --all --wait=false --namespace activescale');
  bench = { shell, installed };
  await deployShop(plane, shell);
});
after(() => started.disposeAsync());

/** Secrets in KEDA's namespace: of a Certificate of deploy/components/keda-mtls, and of KEDA itself. */
const AUTHORITIES = ['activescale-client-ca', 'kedaorg-certs'];

function authority(name: string): KubeObject {
  const metadata = { name, namespace: 'keda' };
  return { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { 'ca.crt': 'an authority' } };
}

/** What a reader has in front of him: the tree, and the files that the documents have him write. */
async function copyTree(folder: string): Promise<void> {
  for (const name of ['deploy', 'argocd'])
    await cp(join(root, name), join(folder, name), { recursive: true });
  for (const { text } of blocksOf('yaml')) {
    const [, path] = /^# (\S+\.yaml)\n/.exec(text) ?? [];
    if (path === undefined) continue;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** A Deployment, the pod that the documents name, their records, and the HPA of README. */
async function deployShop(plane: ControlPlane, shell: Shell): Promise<void> {
  const { admin } = plane;
  await admin.apply(deployment('web', 'shop', 1));
  await admin.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-6f7c9d-abcde', namespace: 'shop', labels: { app: 'web', workload: 'web' } },
    spec: { containers: [{ name: 'istio-proxy', image: 'proxy' }] },
  });
  await podCount(admin, 2, { namespace: 'shop' });
  const pods = await runPods(admin, { namespace: 'shop' });
  const store = started.use(await openStore(bench.installed.valkey));
  await podsOlderThan({ plane, store }, 'shop', 1_000);
  const now = store.clock.now() ?? 0;
  // Of a slow stream, which makes a record last for the whole test.
  const slow = { flushLength: 60_000, expiry: 270_000, slots: [{ started: 60 }, { started: 60 }] };
  await store.write(pods.map((name) => recordOf({ name, active: 3, ...slow }, Math.floor(now))));
  await shell.run('kubectl apply --filename hpa.yaml');
}

const shown = commands();

test('the documents have commands', () => assert.ok(shown.length > 40));

for (const { where, text } of shown) {
  test(`${where}: ${text.split('\n', 1)}`, async () => {
    for (const { pattern, run } of CHECKS) {
      const match = pattern.exec(text);
      if (match) return void (await run(text, bench, match));
    }
    assert.fail('no check in test/docs/command-checks.ts fits it');
  });
}

test('Prometheus can read every query', async () => {
  const queries = blocksOf('promql').map(({ text }) => ({ record: 'shown', expr: text }));
  assert.ok(queries.length > 0);
  const file = join(bench.shell.folder, 'queries.yaml');
  for (const query of queries) {
    await writeFile(file, JSON.stringify({ groups: [{ name: 'shown', rules: [query] }] }));
    await promisify(execFile)(await promtoolBinary(), ['check', 'rules', file]);
  }
});
