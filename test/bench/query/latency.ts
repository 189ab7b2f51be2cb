import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiCredential, type KubeClient, namespace, registerApi, start, until } from '@activescale/devkit';
import { V1BETA2 } from '../../contract/api.ts';
import { type ClusterBench, startInCluster } from '../../contract/api-cluster.ts';
import { cpuOf } from '../lib/cpu.ts';
import { percentile } from '../lib/statistics.ts';
import { table } from '../lib/table.ts';
import { createPods, NAMESPACE, podHistory, podLabels, podName } from './pods.ts';

const PODS = 1_500;
const ROUNDS = 60;
/** Node compiles what it runs often: a server that has been asked for a minute is the one that people have. */
const WARM_UP = 300;
const GROUP = 'static.bench.example.com';
const PODS_PATH = `${V1BETA2}/namespaces/${NAMESPACE}/pods/*`;
const METRIC = `${PODS_PATH}/active_requests`;
const SELECTOR = 'labelSelector=app%3Dweb';
const QUERY = `${METRIC}?${SELECTOR}`;
const WINDOWED = `${PODS_PATH}/active_requests_mean_1m?${SELECTOR}`;
const QUANTILE = `${PODS_PATH}/request_duration_seconds_p95?${SELECTOR}`;
const LIST = `/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=app%3Dweb`;
const STATIC = `/apis/${GROUP}/v1/namespaces/${NAMESPACE}/body`;

/** Time and CPU of a query of 1,500 pods through kube-apiserver, beside its own LIST of them and a static body. */
export async function queryOf1500Pods(): Promise<string> {
  await using bench = await startInCluster();
  const { admin } = bench.plane;
  await admin.apply(namespace(NAMESPACE));
  await createPods(admin, PODS);
  await putAll(bench);
  for (const query of [QUERY, WINDOWED, QUANTILE]) {
    const items = async () => JSON.parse((await admin.request(query)).body).items.length;
    await until(async () => (await items()) === PODS, {
      what: 'every pod to have a value',
      deadline: 30_000,
    });
  }
  await using fixed = await startStatic(bench, (await admin.request(QUERY)).body);
  await registerApi(admin, {
    securePort: fixed.port,
    caBundle: bench.plane.ca.cert,
    versions: [{ group: GROUP, version: 'v1', priority: 10 }],
  });

  for (let i = 0; i < WARM_UP; i++) await timed(admin, [QUERY, WINDOWED, QUANTILE][i % 3] as string);

  const cases = {
    'active_requests of 1,500 pods': QUERY,
    'active_requests_mean_1m of them': WINDOWED,
    'request_duration_seconds_p95 of them': QUANTILE,
    'LIST of those pods': LIST,
    'a static body of that size': STATIC,
  };
  const times = new Map<string, number[]>(Object.keys(cases).map((name) => [name, []]));
  for (let round = -5; round < ROUNDS; round++) {
    if (round % 20 === 0) await putAll(bench); // fresh all the time
    for (const [name, path] of Object.entries(cases)) {
      const took = await timed(admin, path);
      if (round >= 0) times.get(name)?.push(took);
    }
  }
  const list = times.get('LIST of those pods') ?? [];
  const rows = [...times].map(([name, took]) => [
    name,
    ms(percentile(took, 0.5)),
    ms(percentile(took, 0.95)),
    ms(percentile(took, 0.99)),
    ratio(percentile(took, 0.5), percentile(list, 0.5)),
    ratio(percentile(took, 0.95), percentile(list, 0.95)),
  ]);
  const head = ['through kube-apiserver', 'p50, ms', 'p95, ms', 'p99, ms', 'p50 / LIST', 'p95 / LIST'];

  const ofList = await cpuEach(bench.plane.apiserver.pid, () => timed(admin, LIST));
  await putAll(bench);
  const ofQuery = await cpuEach(bench.api.pid, () => timed(admin, QUERY));
  await putAll(bench);
  const ofWindowed = await cpuEach(bench.api.pid, () => timed(admin, WINDOWED));
  const cpu = `A query takes ${ms(ofQuery)} ms of api's CPU, one over a window ${ms(ofWindowed)} ms: ${ratio(ofQuery, ofList)} and ${ratio(ofWindowed, ofList)} of the ${ms(ofList)} ms that a LIST takes of kube-apiserver's.`;
  return `${table(head, rows)}\n\n${cpu}\n\n${await manyHpas(bench)}`;
}

/** 100 HPAs of 50 pods each, every second. */
async function manyHpas(bench: ClusterBench): Promise<string> {
  const [perSecond, seconds] = [100, 10];
  await putAll(bench);
  const cpu = cpuOf(bench.api.pid);
  const took: number[] = [];
  const open: Promise<void>[] = [];
  const start = performance.now();
  for (let i = 0; i < perSecond * seconds; i++) {
    const wait = start + (i * 1000) / perSecond - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const path = `${METRIC}?labelSelector=workload%3Dweb-${i % (PODS / 50)}`;
    open.push(timed(bench.plane.admin, path).then((each) => void took.push(each)));
  }
  await Promise.all(open);
  const spent = cpuOf(bench.api.pid) - cpu;
  const metrics = await (await fetch(`http://127.0.0.1:${bench.api.adminPort}/metrics`)).text();
  const lag = Number(/^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(metrics)?.[1]) * 1000;
  const share = ((spent / (performance.now() - start)) * 100).toFixed(1);
  return `100 HPAs of 50 pods, each once a second for ${seconds} s: api spent ${share} % of a CPU; p50 ${ms(percentile(took, 0.5))} ms, p99 ${ms(percentile(took, 0.99))} ms; event-loop delay p99 ${ms(lag)} ms (its timer alone is 10 ms).`;
}

async function putAll(bench: ClusterBench): Promise<void> {
  const pods = Array.from({ length: PODS }, (_, i) => ({
    namespace: NAMESPACE,
    name: podName(i),
    labels: podLabels(i),
    active: i % 50,
    ...podHistory(i),
  }));
  await bench.put(...pods);
}

async function startStatic(bench: ClusterBench, body: string) {
  const folder = await mkdtemp(join(tmpdir(), 'static-'));
  const credential = await apiCredential(bench.plane.ca);
  const files = { cert: credential.cert, key: credential.key, body };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const server = start({
    command: process.execPath,
    args: [
      join(import.meta.dirname, 'static-server.ts'),
      ...Object.keys(files).map((name) => join(folder, name)),
      GROUP,
    ],
  });
  const port = await server.line((line) => (/^\d+$/.test(line) ? Number(line) : undefined), 'it listened');
  return {
    port,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await rm(folder, { recursive: true });
    },
  };
}

async function timed(client: KubeClient, path: string): Promise<number> {
  const start = performance.now();
  const { status, body } = await client.request(path);
  if (status !== 200) throw new Error(`${path}: ${status} ${body.slice(0, 300)}`);
  return performance.now() - start;
}

/** ms of CPU that a process spends on one of many. */
async function cpuEach(pid: number, one: () => Promise<unknown>): Promise<number> {
  const before = cpuOf(pid);
  for (let i = 0; i < ROUNDS; i++) await one();
  return (cpuOf(pid) - before) / ROUNDS;
}

function ms(value: number): string {
  return value.toFixed(2);
}

function ratio(value: number, of: number): string {
  return `${(value / of).toFixed(2)}x`;
}
