import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  createAuthority,
  deployment,
  holdOpen,
  type Ingest,
  type KubeObject,
  namespace,
  type Prometheus,
  podCount,
  promtoolBinary,
  runPods,
  type ScrapeJob,
  startIngest,
  startPrometheus,
  until,
} from '@activescale/devkit';
import { parseAllDocuments } from 'yaml';
import { ask, V1BETA2 } from '../contract/api.ts';
import { type ClusterBench, startInCluster } from '../contract/api-cluster.ts';
import { openStream } from '../e2e/client.ts';
import { anonymousFlush, flushOf } from '../e2e/messages.ts';
import { startPod } from '../e2e/stack.ts';
import { alerts } from './alerts.ts';
import { type DashboardQuery, dashboardQueries } from './dashboard.ts';
import { startKubeStateMetrics } from './kube-state-metrics.ts';
import { overlayObjects, root } from './overlays.ts';
import { scraper, startSecureIngest } from './scraped.ts';

// A real Prometheus scrapes both services while they work: a real Envoy pushes, kube-apiserver asks, some of it goes wrong.

const REQUESTS = 3;
const PATHS = [
  'deployments.apps/web/active_requests',
  'deployments.apps/web/active_requests_mean_10s',
  'pods/*/active_requests?labelSelector=app%3Dweb',
  'deployments.apps/silent/active_requests',
  'pods/*/active_requests?labelSelector=app%3Dsilent',
  'pods/*/queue_length', // of another adapter, which is down
];

const EXTERNAL =
  '/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/active_requests?labelSelector=app%3Dweb';

let parts: AsyncDisposableStack;
let bench: ClusterBench;
let ingest: Ingest;
let secure: Ingest;
let prometheus: Prometheus;

before(async () => {
  await using starting = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'dashboard-'));
  starting.defer(() => rm(folder, { recursive: true }));
  const FALLTHROUGH_CUSTOM_CA_FILE = join(folder, 'other-ca.crt');
  await writeFile(FALLTHROUGH_CUSTOM_CA_FILE, (await createAuthority('other')).cert);
  const otherAdapter = { FALLTHROUGH_CUSTOM: 'monitoring/other-adapter', FALLTHROUGH_CUSTOM_CA_FILE };
  bench = starting.use(await startInCluster({ env: { EXTERNAL_METRICS: 'true', ...otherAdapter } }));
  ingest = starting.use(await startIngest({ VALKEY_ADDR: bench.valkey.addr }));
  secure = starting.use(await startSecureIngest(bench, folder));
  const { admin } = bench.plane;
  await admin.apply(namespace('shop'));
  await admin.apply(deployment('web', 'shop', 2));
  await admin.apply(deployment('silent', 'shop', 1));
  for (const name of ['web', 'silent']) await admin.apply(hpa(name));
  await podCount(admin, 3, { namespace: 'shop' });
  const [first = ''] = (await runPods(admin, { namespace: 'shop', labelSelector: 'app=web' })).sort();
  const pod = starting.use(
    await startPod({ pod: first, namespace: 'shop', sinkPort: ingest.grpcPort, flush: '1s' }),
  );
  const load = holdOpen({ port: pod.envoy.port, count: REQUESTS });
  starting.defer(async () => void (await load.stop()));

  const working = new AbortController();
  const work = keepWorking(working.signal);
  starting.defer(async () => {
    working.abort();
    await work;
  });
  const kubeStateMetrics = starting.use(await startKubeStateMetrics(bench.plane));
  prometheus = starting.use(await startPrometheus(await jobs(folder, kubeStateMetrics.port)));
  parts = starting.move();
});
after(() => parts?.disposeAsync());

/** Keeps the two replicas of `web`, and the one of `silent`, as nothing pushes for that. */
function hpa(name: string): KubeObject {
  const describedObject = { apiVersion: 'apps/v1', kind: 'Deployment', name };
  const target = { type: 'AverageValue', averageValue: '1500m' };
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace: 'shop' },
    spec: {
      scaleTargetRef: describedObject,
      minReplicas: name === 'web' ? 2 : 1,
      maxReplicas: 5,
      metrics: [{ type: 'Object', object: { metric: { name: 'active_requests' }, describedObject, target } }],
    },
  };
}

interface Endpoint {
  readonly port: string;
  readonly path: string;
  readonly scheme?: string;
  readonly honorLabels?: boolean;
}

/** Scraped as the ServiceMonitors say, under the names of their Services. */
async function jobs(folder: string, kubeStateMetrics: number): Promise<ScrapeJob[]> {
  const text = await readFile(join(root, 'deploy/components/monitoring/service-monitor.yaml'), 'utf8');
  const [ofIngest, ofApi] = parseAllDocuments(text).map((each): Endpoint => each.toJS().spec.endpoints[0]);
  assert.ok(ofIngest && ofApi);
  assert.deepEqual([ofIngest.port, ofApi.port, ofApi.scheme], ['admin', 'secure', 'https']);
  const job = (
    service: string,
    { path, honorLabels = false }: Endpoint,
    ports: readonly number[],
  ): ScrapeJob => ({
    name: `activescale-${service}`,
    path,
    honorLabels,
    targets: ports.map((port, i) => ({
      port,
      labels: { namespace: 'activescale', pod: `activescale-${service}-${i}` },
    })),
  });
  return [
    job('ingest', ofIngest, [ingest.adminPort, secure.adminPort]),
    { ...job('api', ofApi, [bench.api.securePort]), tls: await scraper(bench.plane, folder) },
    {
      name: 'kube-state-metrics',
      path: '/metrics',
      honorLabels: true, // as kube-prometheus-stack does: `namespace` is that of the HPA
      targets: [{ port: kubeStateMetrics, labels: { namespace: 'monitoring' } }],
    },
  ];
}

const IMPOSSIBLE_POD = flushOf({ pod: 'No_Pod', namespace: 'shop', active: 1, flush: 1 });

/** What the HPA does, and what goes wrong beside it. */
async function keepWorking(signal: AbortSignal): Promise<void> {
  const hpa = bench.direct(await bench.plane.credential({ name: 'hpa', groups: ['system:masters'] }));
  while (!signal.aborted) {
    await hpa.request(EXTERNAL);
    for (const path of PATHS) await bench.plane.admin.request(`${V1BETA2}/namespaces/shop/${path}`);
    await ask(bench.api.securePort, `${V1BETA2}/namespaces/shop/pods/*/active_requests`); // nobody knows who that is
    for (const message of [anonymousFlush(), IMPOSSIBLE_POD, Buffer.from('no message')]) {
      await using stream = openStream(ingest.grpcPort);
      stream.push(message);
      stream.end();
      await stream.status;
    }
  }
}

test('Prometheus scrapes both services and kube-state-metrics', async () => {
  const look = async () => {
    const health = await prometheus.health();
    return health.length === 4 && health.every((state) => state === 'up');
  };
  await until(look, { what: 'all targets to be up', deadline: 30_000, every: 200 });
});

test("the dashboard's every query returns data", async () => {
  const queries = await dashboardQueries();
  assert.ok(queries.length > 30);
  let lacking: DashboardQuery[] = queries;
  const look = async () => {
    const found = await Promise.all(lacking.map(({ expression }) => prometheus.query(expression)));
    lacking = lacking.filter((_, i) => !found[i]?.some(({ value }) => Number.isFinite(Number(value[1]))));
    return lacking.length === 0;
  };
  await until(look, { what: 'data', deadline: 60_000, every: 500 }).catch((cause) => {
    throw new Error(`no data for ${JSON.stringify(lacking, undefined, 2)}`, { cause });
  });
});

test('it shows the last value of an object, the number of its pods in it, and its age', async () => {
  const of = '{namespace="shop",resource="deployments.apps",name="web",metric="active_requests"}';
  const one = async (name: string) => {
    const [series] = await prometheus.query(`activescale_api_answer_${name}${of}`);
    return series === undefined ? undefined : Number(series.value[1]);
  };
  await until(async () => (await one('value')) === REQUESTS, {
    what: 'three requests',
    deadline: 30_000,
    every: 200,
  });
  assert.equal(await one('coverage_ratio'), 0.5);
  const age = await one('age_seconds');
  assert.ok(age !== undefined && age >= 0 && age < 10, `${age} s`);
  const reported = await one('timestamp_seconds');
  assert.ok(reported !== undefined && Math.abs(Date.now() / 1000 - reported) < 30, `${reported}`);
});

async function firing(alert: string): Promise<readonly Readonly<Record<string, string>>[]> {
  const { expr } = alerts.find((each) => each.alert === alert) ?? assert.fail(`there is no ${alert}`);
  return (await prometheus.query(expr)).map(({ metric }) => metric);
}

test('the alerts find the HPA that cannot scale, and the pods without a signal', async () => {
  const inactive = async () => (await firing('ActivescaleScalingInactive')).length > 0;
  await until(inactive, { what: 'ActivescaleScalingInactive', deadline: 60_000, every: 500 });
  assert.deepEqual(await firing('ActivescaleScalingInactive'), [
    { namespace: 'shop', horizontalpodautoscaler: 'silent' },
  ]);
  const found = await firing('ActivescalePodsWithoutSignal');
  const deployments = found
    .filter(({ resource }) => resource === 'deployments.apps')
    .map(({ namespace, name, state }) => [namespace, name, state]);
  assert.deepEqual(deployments.sort(), [
    ['shop', 'silent', 'no_record'],
    ['shop', 'web', 'no_record'],
  ]);
});

test("alerts and dashboard know an HPA's metric as ours by its name", async () => {
  const { resources } = await bench.plane.admin.get<{ resources: { name: string }[] }>(V1BETA2);
  const served = resources.map(({ name }) => name.split('/')[1] ?? '');
  const queries = [
    ...(await dashboardQueries()).map(({ expression }) => expression),
    ...alerts.map(({ expr }) => expr),
  ];
  const patterns = new Set(
    queries.flatMap((query) =>
      [...query.matchAll(/metric_name=~"([^"]+)"/g)].map(([, pattern = '']) => pattern),
    ),
  );
  assert.equal(patterns.size, 1);
  for (const pattern of patterns) {
    for (const metric of served) assert.match(metric, new RegExp(`^(?:${pattern})$`));
    for (const other of ['cpu', 'http_requests', ''])
      assert.doesNotMatch(other, new RegExp(`^(?:${pattern})$`));
  }
});

test('a selection of pods is named by its selector, as the mean of its items', async () => {
  const [series] = await prometheus.query(
    'activescale_api_answer_value{resource="pods",selector="app=web",namespace="shop"}',
  );
  assert.equal(Number(series?.value[1]), REQUESTS);
});

test('an external metric is named by its selector', async () => {
  const [series, another] = await prometheus.query(
    'activescale_api_answer_value{group="external.metrics.k8s.io",namespace="shop"}',
  );
  assert.equal(Number(series?.value[1]), REQUESTS);
  assert.deepEqual(
    [series?.metric.selector, series?.metric.resource, another],
    ['app=web', undefined, undefined],
  );
});

/** A name that Kubernetes' API servers gave to this counter, and which people alert on. */
const LINTED = 'authentication_attempts counter metrics should have "_total" suffix\n';

test('promtool has nothing against what the services serve, but for a name that is not ours', async () => {
  const check = async (port: number) => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const { stdout, stderr } = spawnSync(await promtoolBinary(), ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
    });
    return stdout + stderr;
  };
  assert.equal(await check(ingest.adminPort), '');
  assert.equal(await check(bench.api.adminPort), LINTED);
});

test('the overlays with monitoring give the dashboard to Grafana', async () => {
  const object = (await overlayObjects('prod')).find(
    ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'activescale-dashboard',
  );
  assert.equal((object?.metadata.labels as Record<string, string> | undefined)?.grafana_dashboard, '1');
  const { data } = object as unknown as { data: Record<string, string> };
  assert.deepEqual(Object.keys(data), ['activescale.json']);
  assert.equal(JSON.parse(data['activescale.json'] ?? '').uid, 'activescale');
});
