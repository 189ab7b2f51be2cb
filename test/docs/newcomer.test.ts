import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  type ControlPlane,
  deployment,
  namespace,
  runPods,
  startControlPlane,
  until,
} from '@activescale/devkit';
import { parse } from 'yaml';
import { startFleet } from '../e2e/hpa/fleet.ts';
import { BLOCKS } from './blocks.ts';
import { runInstalled } from './installed.ts';
import { openShell, type Shell } from './shell.ts';

// README's quick start, with kubectl and with Helm, from a clone to a Deployment that an HPA has scaled, with the time of each
// part (npm run newcomer), except the images. The control plane has no nodes: the processes of the pods run on this machine, with
// an Envoy for each pod that is configured by README's annotations. The HPA controller syncs every 2 s here, every 15 s by default.

const STEPS = BLOCKS.filter(
  ({ where, section }) => where.startsWith('README.md:') && section.startsWith('Quick start'),
);
/** Ten for each of three pods, by README's HPA. */
const REQUESTS = 30;

/** The block of the quick start that contains `mark`. */
function step(mark: string): string {
  const [block, another] = STEPS.filter(({ text }) => text.includes(mark));
  assert.ok(block && !another, `README's quick start has one block with "${mark}"`);
  return block.text;
}

const WEB = '/apis/apps/v1/namespaces/shop/deployments/web';

/** The commands that install it, and a Job by which to see that they have applied the objects. */
const WAYS = [
  { tool: 'kubectl', mark: 'kubectl apply -k', job: 'activescale-ca-bundle' },
  { tool: 'Helm', mark: 'helm upgrade --install', job: 'activescale-ca-bundle-1' },
];

for (const way of WAYS)
  test(
    `with ${way.tool}, README's commands lead from a clone to a Deployment that was scaled`,
    {
      timeout: 900_000,
    },
    (t) => follow(way, t),
  );

async function follow({ mark, job }: (typeof WAYS)[number], t: TestContext): Promise<void> {
  // Helm waits until the Jobs have begun.
  const controllers = ['clusterrole-aggregation-controller', 'job-controller'];
  await using plane = await startControlPlane({ controllers });
  await using shell = await openShell(plane);
  await plane.admin.apply(namespace('shop'));
  await plane.admin.apply(deployment('web', 'shop', 2));
  await until(async () => (await runPods(plane.admin, { namespace: 'shop' })).length > 0, {
    what: 'the application',
  });
  const begun = performance.now();
  const seconds = () => ((performance.now() - begun) / 1000).toFixed(1).padStart(5);

  const servers = await shell.run(step('git clone'));
  assert.doesNotMatch(servers, /custom\.metrics\.k8s\.io/, 'no other adapter serves the API');
  // While the last of these commands wait, nodes would run what the one before has applied.
  const installing = shell.run(`cd activescale\n${step(mark)}`);
  const applied = async () => (await plane.admin.request(`${JOBS}/${job}`)).status === 200;
  await Promise.race([installing, until(applied, { what: 'the overlay', deadline: 240_000, every: 200 })]);
  await using installed = await runInstalled(plane, 'dev');
  await installing;
  t.diagnostic(`${seconds()} s  cloned and installed`);

  const { proxy, metadata } = annotated(step('proxy.istio.io/config'));
  await plane.admin.patch(WEB, { spec: { template: { metadata } } });
  await using fleet = await startFleet({
    plane,
    namespace: 'shop',
    app: 'web',
    sinkPort: installed.ingest.grpcPort,
    proxy,
  });
  await rolledOut(plane);
  fleet.setRequests(REQUESTS);
  t.diagnostic(`${seconds()} s  the proxies push`);

  await until(async () => /"value":"[1-9]/.test(await looked(shell)), {
    what: 'a value',
    deadline: 60_000,
    every: 500,
  });
  t.diagnostic(`${seconds()} s  the API has values`);

  await writeFile(join(shell.folder, 'hpa.yaml'), step('# hpa.yaml'));
  const [apply = '', describe = ''] = step('--filename hpa.yaml').trimEnd().split('\n');
  await shell.run(apply);
  const scaled = async () =>
    (await plane.admin.get<{ spec: { replicas: number } }>(WEB)).spec.replicas === 3 || undefined;
  await until(scaled, { what: 'three replicas', deadline: 60_000, every: 200 });
  t.diagnostic(`${seconds()} s  the HPA has scaled it from 2 to 3`);
  assert.match(await shell.run(describe), /ScalingActive +True +ValidMetricFound/);
}

const JOBS = '/apis/batch/v1/namespaces/activescale/jobs';

/** README's fragment of a pod template, and the configuration of a proxy from it. */
function annotated(yaml: string) {
  const { metadata } = parse(yaml) as { metadata: { annotations: Record<string, string> } };
  const { 'sidecar.istio.io/statsFlushInterval': flush = '5s', 'proxy.istio.io/config': config = '' } =
    metadata.annotations;
  const { envoyMetricsService, proxyStatsMatcher } = parse(config) as {
    envoyMetricsService: { address: string };
    proxyStatsMatcher: { inclusionRegexps: string[] };
  };
  // The Service and the port of the overlay; here ingest is on this machine.
  assert.equal(envoyMetricsService.address, 'activescale-ingest.activescale.svc.cluster.local:9000');
  return { metadata, proxy: { flush, inclusionRegexps: proxyStatsMatcher.inclusionRegexps } };
}

interface Rollout {
  metadata: { generation: number };
  status?: { observedGeneration?: number; updatedReplicas?: number; replicas?: number };
}

/** Waits until all pods have been replaced by pods with the annotation. */
async function rolledOut(plane: ControlPlane): Promise<void> {
  const look = async () => {
    const { metadata, status } = await plane.admin.get<Rollout>(WEB);
    const seen = status?.observedGeneration === metadata.generation;
    return seen && status?.updatedReplicas === 2 && status.replicas === 2;
  };
  await until(look, { what: 'the rollout of the application', deadline: 60_000, every: 200 });
}

/** The output of README's step "Verify"; an error while no pod has pushed yet. */
async function looked(shell: Shell): Promise<string> {
  return shell.run(step('--raw')).catch(String);
}
