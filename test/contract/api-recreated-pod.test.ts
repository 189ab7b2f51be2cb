import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  createKubeClient,
  EXTERNAL_METRICS,
  type KubeClient,
  listPods,
  namespace,
  podCount,
  registerApi,
  startApi,
  until,
} from '@activescale/devkit';
import { metricsOf, V1BETA2 } from './api.ts';
import { API_USER, type ClusterBench, podsOlderThan, startInCluster } from './api-cluster.ts';
import { workload } from './cluster-objects.ts';

// A StatefulSet's pod comes back under its name. What its predecessor pushed is not its load.

let bench: ClusterBench;
before(async () => {
  bench = await startInCluster({
    env: { EXTERNAL_METRICS: 'true' },
    controllers: ['statefulset-controller'],
  });
  const { admin, ca } = bench.plane;
  const { securePort } = bench.api;
  await registerApi(admin, { securePort, caBundle: ca.cert, versions: EXTERNAL_METRICS });
  await admin.apply(namespace('shop'));
  await admin.apply(workload('StatefulSet', 'shop', 'db', { app: 'db' }, 2));
  await podCount(admin, 2, { namespace: 'shop' });
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

const CUSTOM = `${V1BETA2}/namespaces/shop`;
const EXTERNAL = '/apis/external.metrics.k8s.io/v1beta1/namespaces/shop';
const SETS = `${CUSTOM}/statefulsets.apps/db`;
const ONE_BY_ONE = `${CUSTOM}/pods/*/active_requests?labelSelector=app%3Ddb`;

function record(name: string, active: number, age = 0) {
  const slots = Array.from({ length: 10 }, () => ({ length: 1_000, started: active, mean: active }));
  return { name, active, slots, age };
}

/** The values of an answer in the order of its items; its status if there is none. */
async function values(path: string, client: KubeClient = bench.plane.admin) {
  const { status, body } = await client.request(path);
  return status === 200 ? JSON.parse(body).items.map(({ value }: { value: string }) => value) : status;
}

/** Deletes db-0 at once, and waits until the controller has made it again and api has seen that. */
async function recreate(): Promise<void> {
  const { admin } = bench.plane;
  const uid = async () => {
    const pods = await listPods(admin, { namespace: 'shop' });
    return pods.find(({ metadata }) => metadata.name === 'db-0')?.metadata.uid;
  };
  const before = await uid();
  await admin.delete('/api/v1/namespaces/shop/pods/db-0?gracePeriodSeconds=0');
  const replaced = async () => ![undefined, before].includes((await uid()) as string | undefined);
  await until(replaced, { what: 'another db-0' });
  // A label that only this one has is seen by api with it.
  const labels = { incarnation: String(await uid()) };
  await admin.patch('/api/v1/namespaces/shop/pods/db-0', { metadata: { labels } });
  const selector = encodeURIComponent(`incarnation=${labels.incarnation}`);
  const seen = async () => {
    await admin.request(`${EXTERNAL}/active_requests?labelSelector=${selector}`);
    return (await omitted('previous_pod')) > 0;
  };
  await until(seen, { what: 'api to have seen the other db-0' });
}

/** How many pods were omitted from answers for this reason. */
async function omitted(reason: string): Promise<number> {
  const line = new RegExp(`^activescale_api_pods_omitted_total\\{reason="${reason}"\\} (\\d+)`, 'm');
  return Number(line.exec(await metricsOf(bench.api))?.[1] ?? 0);
}

test('what a pod has pushed is not the load of the next one of its name, however one asks', async () => {
  // api's first reading of Valkey's clock, in the rush of its start, may be wrong by tens of milliseconds.
  await podsOlderThan(bench, 'shop', 2_000);
  await bench.put(record('db-0', 40), record('db-1', 40));
  assert.deepEqual(await values(ONE_BY_ONE), ['40', '40']);
  assert.deepEqual(await values(`${SETS}/active_requests`), ['80']);
  await bench.put(record('db-0', 40)); // its last breath, in the second in which it is replaced
  await recreate();
  await bench.put(record('db-1', 80));
  assert.deepEqual(await values(ONE_BY_ONE), ['80']);
  assert.deepEqual(await values(ONE_BY_ONE.replace('active_requests', 'requests_per_second')), ['80']);
  assert.equal(await values(`${CUSTOM}/pods/db-0/active_requests`), 404);
  for (const metric of ['active_requests', 'active_requests_mean_1m', 'requests_per_second']) {
    assert.deepEqual(await values(`${SETS}/${metric}`), ['80'], metric);
    assert.deepEqual(await values(`${EXTERNAL}/${metric}?labelSelector=app%3Ddb`), ['80'], metric);
    assert.deepEqual(await values(`${EXTERNAL}/${metric}?labelSelector=workload%3Ddb`), ['80'], metric);
    assert.deepEqual(await values(`${CUSTOM}/metrics/${metric}`), ['80'], metric);
  }
  await bench.put(record('db-0', 7), record('db-1', 73));
  assert.deepEqual(await values(ONE_BY_ONE), ['7', '73']);
  assert.deepEqual(await values(`${SETS}/active_requests`), ['80']);
});

test('an api that starts later goes by the creationTimestamp', async () => {
  const { plane, valkey, certFile, keyFile } = bench;
  await podsOlderThan(bench, 'shop', 2_000);
  await bench.put(record('db-1', 5), record('db-0', 9, 2_000));
  await using later = await startApi({
    VALKEY_ADDR: valkey.addr,
    KUBECONFIG: await plane.kubeconfig({ name: API_USER }),
    TLS_CERT_FILE: certFile,
    TLS_KEY_FILE: keyFile,
  });
  const server = { host: '127.0.0.1', port: later.securePort, ca: plane.ca.cert, servername: 'localhost' };
  using client = createKubeClient(
    server,
    await plane.credential({ name: 'admin', groups: ['system:masters'] }),
  );
  await until(async () => (await values(ONE_BY_ONE, client)) !== 503, { what: 'the later api to be ready' });
  assert.deepEqual(await values(ONE_BY_ONE, client), ['9', '5']);
  const earlier = { age: 240_000, flushLength: 75_000 }; // it would be fresh for 5 minutes
  await bench.put(record('db-1', 6), { ...record('db-0', 9), ...earlier });
  assert.deepEqual(await values(ONE_BY_ONE, client), ['6']);
  assert.deepEqual(await values(`${SETS}/active_requests`, client), ['6']);
});
