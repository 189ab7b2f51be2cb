import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  EXTERNAL_METRICS,
  type KubeObject,
  listPods,
  namespace,
  podCount,
  registerApi,
  runPods,
  until,
} from '@activescale/devkit';
import { type ClusterBench, startInCluster } from '../../contract/api-cluster.ts';
import { job, workload } from '../../contract/cluster-objects.ts';
import { type CliEnv, cliJson } from './run-cli.ts';

// The CLI reads pods and records itself. It must take the pods, and the records for theirs, that api takes.

interface Explained {
  readonly pods: readonly {
    readonly name: string;
    readonly belongsTo?: string;
    readonly code?: string;
    readonly requests?: { readonly state: string; readonly why: string };
  }[];
  readonly metrics: readonly {
    readonly type: string;
    readonly metric: string;
    readonly value?: number;
    readonly values?: Readonly<Record<string, number>>;
    readonly records?: {
      readonly pods: readonly { readonly name: string; readonly value?: number }[];
      readonly total?: string;
    };
    readonly result: { readonly outcome: string };
  }[];
}

const SHOP = 'shop';

let bench: ClusterBench;
let env: CliEnv;
before(async () => {
  bench = await startInCluster({
    env: { EXTERNAL_METRICS: 'true' },
    controllers: ['job-controller', 'statefulset-controller'],
  });
  const { plane, api, valkey } = bench;
  const { admin, ca } = plane;
  const { securePort } = api;
  await registerApi(admin, { securePort, caBundle: ca.cert, versions: EXTERNAL_METRICS });
  await admin.apply(namespace(SHOP));
  env = { KUBECONFIG: await plane.kubeconfig(), VALKEY_ADDR: valkey.addr };
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

/** An HPA that watches and does nothing, with a metric of each type and one of a workload that does not exist. */
function autoscaler(kind: string, name: string): KubeObject {
  const target = { type: 'AverageValue', averageValue: '1k' };
  const metric = { name: 'active_requests' };
  const describedObject = { apiVersion: 'apps/v1', kind, name };
  const external = (matchLabels: object) => ({
    type: 'External',
    external: { metric: { ...metric, selector: { matchLabels } }, target },
  });
  const never = { selectPolicy: 'Disabled' };
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace: SHOP },
    spec: {
      scaleTargetRef: describedObject,
      minReplicas: 1,
      maxReplicas: 10,
      metrics: [
        { type: 'Pods', pods: { metric, target } },
        { type: 'Object', object: { metric, describedObject, target } },
        external({ app: name }),
        external({ workload: name }),
        external({ workload: 'nobody' }),
        external({ workload: 'resting' }),
      ],
      behavior: { scaleUp: never, scaleDown: never },
    },
  };
}

async function put(load: (pod: KubeObject) => number | undefined): Promise<KubeObject[]> {
  const pods = await listPods(bench.plane.admin, { namespace: SHOP });
  const records = pods.flatMap((pod) => {
    const active = load(pod);
    return active === undefined ? [] : [{ name: pod.metadata.name, active, flushLength: 60_000 }];
  });
  await bench.put(...records);
  return pods;
}

function appOf({ metadata }: KubeObject): string | undefined {
  return metadata.labels?.app;
}

test("explain takes a workload's own pods, as the metrics API does, and says whose the others are", async () => {
  const { admin } = bench.plane;
  await admin.apply(workload('Deployment', SHOP, 'web', { app: 'web' }, 2));
  await admin.apply(workload('Deployment', SHOP, 'web-canary', { app: 'web', track: 'canary' }, 1));
  await admin.apply(workload('Deployment', SHOP, 'resting', { app: 'resting' }, 0));
  await admin.apply(job(SHOP, 'migrate', { app: 'web' }));
  await admin.apply(autoscaler('Deployment', 'web'));
  await podCount(admin, 4, { namespace: SHOP });
  await runPods(admin, { namespace: SHOP });
  const isOwn = ({ metadata }: KubeObject) =>
    metadata.labels?.track === undefined && !metadata.labels?.['job-name'];
  const pods = await put((pod) => (isOwn(pod) ? 5 : 70));
  const own = pods
    .filter(isOwn)
    .map(({ metadata }) => metadata.name)
    .sort();
  assert.equal(own.length, 2);

  const { pods: explained, metrics } = await cliJson<Explained>(['explain', 'hpa/web', '-n', SHOP], env);
  const [onePod, object, byLabels, byName, nobody, resting] = metrics;
  assert.deepEqual(Object.keys(onePod?.values ?? {}).sort(), own);
  for (const metric of [onePod, object, byLabels, byName]) {
    const parts = metric?.records?.pods.map(({ name }) => name).sort();
    assert.deepEqual(parts, own, String(metric?.type));
  }
  for (const metric of [object, byLabels, byName]) {
    assert.equal(metric?.value, 10);
    assert.equal(metric?.records?.total, 'sum, 2 of 2 pods included: 10');
  }
  assert.deepEqual([nobody?.result.outcome, nobody?.records?.total], ['failed', 'no pods']);
  assert.deepEqual([resting?.value, resting?.records?.total], [0, 'no pods']);
  const others = explained.flatMap(({ belongsTo, requests, code }) => {
    assert.equal(requests === undefined, belongsTo !== undefined);
    assert.equal(code, belongsTo === undefined ? undefined : 'ASC921');
    return belongsTo === undefined ? [] : [belongsTo];
  });
  assert.deepEqual(others.sort(), ['migrate', 'web-canary']);
});

test('explain says that the record of a pod is of an earlier one of its name', async () => {
  const { admin } = bench.plane;
  await admin.apply(workload('StatefulSet', SHOP, 'db', { app: 'db' }, 2));
  await admin.apply(autoscaler('StatefulSet', 'db'));
  const ofSet = { namespace: SHOP, labelSelector: 'app=db' };
  await podCount(admin, 2, ofSet);
  await runPods(admin, ofSet);
  const first = await put((pod) => (appOf(pod) === 'db' ? 40 : undefined));
  const uidOf = (pods: readonly KubeObject[]) =>
    pods.find(({ metadata }) => metadata.name === 'db-0')?.metadata.uid;
  await admin.delete(`/api/v1/namespaces/${SHOP}/pods/db-0?gracePeriodSeconds=0`);
  const again = async () => {
    const uid = uidOf(await listPods(admin, ofSet));
    return uid !== undefined && uid !== uidOf(first);
  };
  await until(again, { what: 'another db-0' });
  await bench.put({ name: 'db-1', active: 80, flushLength: 60_000 });
  // A creationTimestamp is cut to the second.
  await bench.put({ name: 'db-0', active: 40, age: 3_000, flushLength: 60_000 });

  const { pods, metrics } = await cliJson<Explained>(['explain', 'hpa/db', '-n', SHOP], env);
  const requests = pods.find(({ name }) => name === 'db-0')?.requests;
  assert.equal(requests?.state, 'unknown');
  assert.match(requests?.why ?? '', /^its record is of an earlier pod of this name/);
  const [onePod, object] = metrics;
  assert.deepEqual(onePod?.values, { 'db-1': 80 });
  assert.deepEqual([object?.value, object?.records?.total], [80, 'sum, 1 of 2 pods included: 80']);
});
