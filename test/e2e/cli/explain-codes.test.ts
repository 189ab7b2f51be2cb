import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type KubeObject, namespace } from '@activescale/devkit';
import { ALL_STATS, STAT } from '@activescale/protocol/record';
import { IDLE, recordOf, type StoredPod } from '../../contract/api.ts';
import { type ClusterBench, podsOlderThan, startInCluster } from '../../contract/api-cluster.ts';
import { workload } from '../../contract/cluster-objects.ts';
import { codesIn, type Report } from './report.ts';
import { type CliEnv, cliJson } from './run-cli.ts';
import { autoscaler, FLUSH_MS, type SituationPod, STALE_MS, TTL_MS } from './situations.ts';
import { HPAS } from './workload-faults.ts';
import { enact } from './workloads.ts';

// Each reason of explain and each finding about scaling to zero, on workloads of a real control plane and records in Valkey.

const SHOP = 'shop';
const GATE = '--feature-gates=HPAScaleToZero=true';

/** A workload in a situation with one reason. */
interface Case {
  readonly code: string;
  /** What the proxies of its running pods have pushed; the name of the metric with values is `active_requests`. */
  readonly records?: readonly (Partial<StoredPod> | undefined)[];
  readonly pods?: readonly SituationPod[];
  readonly metrics?: readonly object[];
  readonly behavior?: object;
  /** More of the HPA. */
  readonly spec?: object;
  /** Replaces the replicas while no controller follows. */
  readonly replicas?: number;
}

const TARGET = { type: 'AverageValue', averageValue: '10' };

function ofPods(name = 'active_requests', target: object = TARGET): object {
  return { type: 'Pods', pods: { metric: { name }, target } };
}

function ofObject(name: string, kind: string, of: string, target: object = TARGET): object {
  const describedObject = { apiVersion: kind === 'Service' ? 'v1' : 'apps/v1', kind, name: of };
  return { type: 'Object', object: { metric: { name }, describedObject, target } };
}

const busy = (active: number): Partial<StoredPod> => ({ active, flushLength: FLUSH_MS });
const waiting = (record?: Partial<StoredPod>): SituationPod => {
  return { phase: 'Pending', ready: false, deleted: false, record };
};
const running = (record?: Partial<StoredPod>): SituationPod => {
  return { phase: 'Running', ready: true, deleted: false, record };
};
const AT_ONCE = { stabilizationWindowSeconds: 0 };

const EXPLAINED: readonly Case[] = [
  { code: 'ASC312', records: [{ active: 1, age: STALE_MS }] },
  { code: 'ASC313', records: [{ ...busy(1), age: 120_000 }] },
  { code: 'ASC314', records: [{ ...busy(1), age: -60_000 }] },
  { code: 'ASC315', records: [{ ...IDLE, flushLength: FLUSH_MS }] },
  { code: 'ASC316', records: [{ ...busy(1), sent: ALL_STATS & ~STAT.active }] },
  { code: 'ASC317', records: [busy(1)] },
  { code: 'ASC318', records: [busy(1)] },
  {
    code: 'ASC319',
    records: [{ ...busy(1), slots: [{ length: 5_000 }] }],
    metrics: [ofPods('request_duration_seconds_mean')],
  },
  {
    code: 'ASC905',
    pods: [],
    replicas: 1,
    metrics: [ofObject('active_requests', 'Deployment', 'asc931', { type: 'Value', value: '1' })],
  },
  { code: 'ASC906', pods: [waiting(busy(5))] },
  { code: 'ASC911', records: [busy(100)], spec: { maxReplicas: 2 } },
  {
    code: 'ASC912',
    records: [busy(1), busy(1), busy(1)],
    spec: { minReplicas: 2 },
    behavior: { scaleDown: AT_ONCE },
  },
  { code: 'ASC913', records: [busy(100)], behavior: { scaleUp: { selectPolicy: 'Disabled' } } },
  {
    code: 'ASC914',
    records: [busy(100)],
    behavior: { scaleUp: { policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] } },
  },
  { code: 'ASC915', records: [busy(1), busy(1), busy(1)] },
  { code: 'ASC916', records: [busy(1)], replicas: 0 },
  { code: 'ASC922', records: [{ ...IDLE, provenZero: ALL_STATS, flushLength: FLUSH_MS }] },
  { code: 'ASC931', records: [busy(10)] },
  {
    code: 'ASC932',
    pods: [running(busy(21)), running(busy(9)), running(busy(20)), waiting()],
    metrics: [ofPods('active_requests', { ...TARGET, averageValue: '14286m' })],
  },
  { code: 'ASC933', pods: [running(busy(30)), running(busy(30)), waiting()], replicas: 10 },
];

/** HPAs with `minReplicas: 0` that doctor warns of. */
const AT_ZERO: readonly Case[] = [
  { code: 'ASC412', metrics: [ofObject('active_requests', 'Deployment', 'asc412')] },
  {
    code: 'ASC413',
    metrics: [ofObject('demand_requests', 'Service', 'asc413')],
    behavior: { scaleUp: { selectPolicy: 'Disabled' } },
  },
  {
    code: 'ASC414',
    metrics: [ofObject('demand_requests', 'Service', 'asc414')],
    behavior: { scaleUp: { policies: [{ type: 'Percent', value: 100, periodSeconds: 60 }] } },
  },
];

let bench: ClusterBench;
let env: CliEnv;
before(async () => {
  bench = await startInCluster({
    env: { METRIC_TTL: `${TTL_MS}ms` },
    apiserverArgs: [GATE],
    controllerManagerArgs: [GATE],
  });
  const { admin, controllerManager } = bench.plane;
  env = {
    KUBECONFIG: await bench.plane.kubeconfig(),
    VALKEY_ADDR: bench.valkey.addr,
    METRIC_TTL: `${TTL_MS}ms`,
  };
  await admin.apply(namespace(SHOP));
  const stored: StoredPod[] = [];
  for (const each of EXPLAINED) stored.push(...(await create(each)));
  for (const { code } of AT_ZERO) {
    await admin.apply(workload('Deployment', SHOP, nameOf(code), { app: nameOf(code) }, 1));
    await admin.apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: nameOf(code), namespace: SHOP },
      spec: { ports: [{ port: 80 }], selector: { app: nameOf(code) } },
    });
  }
  await podsOlderThan(bench, SHOP, STALE_MS);
  // From now on nothing changes the replicas.
  await controllerManager.stop();
  for (const { code, replicas } of EXPLAINED)
    if (replicas !== undefined) await admin.patch(deploymentPath(code), { spec: { replicas } });
  for (const each of EXPLAINED) await admin.apply(hpaOf(each));
  for (const each of AT_ZERO) await admin.apply(hpaOf({ ...each, spec: { minReplicas: 0 } }));
  await bench.put(...stored);
  await spoil(stored);
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

function nameOf(code: string): string {
  return code.toLowerCase();
}

function deploymentPath(code: string): string {
  return `/apis/apps/v1/namespaces/${SHOP}/deployments/${nameOf(code)}`;
}

/** The Deployment of a case with its pods. @returns their records */
async function create({ code, records = [], pods }: Case): Promise<StoredPod[]> {
  const { admin } = bench.plane;
  const name = nameOf(code);
  if (pods?.length === 0) {
    await admin.apply(workload('Deployment', SHOP, name, { app: name }, 0));
    return [];
  }
  return enact(admin, SHOP, { name, pods: pods ?? records.map(running), metrics: [] });
}

function hpaOf({ code, metrics = [ofPods()], behavior, spec }: Case): KubeObject {
  const hpa = autoscaler(nameOf(code), SHOP, metrics, behavior);
  return { ...hpa, spec: { ...(hpa.spec as object), ...spec } };
}

/** Replaces two records by bytes that this release cannot read. */
async function spoil(stored: readonly StoredPod[]): Promise<void> {
  const now = Math.floor(bench.store.clock.now() ?? 0);
  const recordWith = (code: string, change: (slots: Buffer) => Buffer) => {
    const pod = stored.find(({ name }) => name.startsWith(`${nameOf(code)}-`));
    assert.ok(pod);
    const record = recordOf(pod, now);
    assert.ok(record.slots);
    return { ...record, slots: change(Buffer.from(record.slots)) };
  };
  const newer = (slots: Buffer) => {
    slots[0] = 9;
    return slots;
  };
  const { failed } = await bench.store.write([
    recordWith('ASC317', (slots) => slots.subarray(0, 3)),
    recordWith('ASC318', newer),
  ]);
  assert.deepEqual(failed, []);
}

for (const { code } of EXPLAINED) {
  test(`explain gives the reason ${code} on a real workload`, async () => {
    const explained = await cliJson<object>(['explain', `hpa/${nameOf(code)}`, '-n', SHOP], env);
    assert.ok(codesIn(explained).includes(code), JSON.stringify(explained, undefined, 1));
  });
}

test('doctor finds each HPA that cannot scale out from 0', async () => {
  const reports = await cliJson<Report[]>(['doctor', '-n', SHOP], env);
  const findings = reports.find(({ check }) => check === 'HPAs')?.findings ?? [];
  for (const { code } of AT_ZERO) {
    const found = findings.filter(({ subject }) => subject.startsWith(`hpa/${nameOf(code)} `));
    assert.deepEqual(codesIn(found), [code], JSON.stringify(findings, undefined, 1));
  }
});

test('no code is for metrics of pods alone with minReplicas 0, because kube-apiserver refuses such an HPA', async () => {
  const hpa = hpaOf({ code: 'refused', spec: { minReplicas: 0 } });
  const { status, body } = await bench.plane.admin.request(HPAS, { method: 'POST', body: hpa });
  assert.equal(status, 422, body);
  assert.match(body, /must specify at least one Object or External metric to support scaling to zero/);
});
