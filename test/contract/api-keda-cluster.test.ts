import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { deployment, namespace, podCount, runPods } from '@activescale/devkit';
import { credentials } from '@grpc/grpc-js';
import { V1BETA2 } from './api.ts';
import { type ClusterBench, podsOlderThan, startInCluster } from './api-cluster.ts';
import { pod } from './cluster-objects.ts';
import { demandRecord, gateway, restRecord } from './demand-records.ts';
import { type KedaClient, kedaClient, received } from './keda-client.ts';

// The external scaler in a cluster: objects must exist, and workloads and Services have the pods that the cluster knows.

let bench: ClusterBench;
let keda: KedaClient;
before(async () => {
  bench = await startInCluster({ env: { KEDA_PORT: '0' } });
  const { admin, ca } = bench.plane;
  keda = kedaClient(bench.api.kedaPort, credentials.createSsl(Buffer.from(ca.cert)));
  for (const name of ['shop', 'edge']) await admin.apply(namespace(name));
  await admin.apply(pod('edge', 'gw-1', { app: 'gateway' }));
  await admin.apply(deployment('web', 'shop', 2));
  await admin.apply(deployment('asleep', 'shop', 0));
  for (const name of ['web', 'asleep']) await service(name);
  await podCount(admin, 2, { namespace: 'shop' });
  const [first = '', second = ''] = await runPods(admin, { namespace: 'shop' });
  await podsOlderThan(bench, 'shop', 2_000);
  await podsOlderThan(bench, 'edge', 2_000);
  await bench.put(
    { name: first, active: 3 },
    { name: second, active: 4 },
    restRecord('service', gateway('gw-1')),
    demandRecord('service', 'web', gateway('gw-1'), { active: 5, slots: [{}] }),
  );
});
after(async () => {
  keda?.[Symbol.dispose]();
  await bench?.[Symbol.asyncDispose]();
});

async function service(name: string): Promise<void> {
  const metadata = { name, namespace: 'shop' };
  const spec = { ports: [{ port: 80 }], selector: { app: name } };
  await bench.plane.admin.apply({ apiVersion: 'v1', kind: 'Service', metadata, spec });
}

/** The value of the custom metrics API. */
async function custom(path: string): Promise<number> {
  const { body } = await bench.plane.admin.request(`${V1BETA2}/namespaces/shop/${path}`);
  return Number(JSON.parse(body).items[0].value);
}

const LOAD = { metric: 'active_requests', target: '1' };
const DEMAND = { metric: 'demand_requests', target: '1' };

test('objects have the values of the custom metrics API', async () => {
  assert.equal(await custom('deployments.apps/web/active_requests'), 7);
  for (const workload of ['deployments.apps/web', 'deployment/web', 'deploy/web'])
    assert.equal(await keda.value({ ...LOAD, workload }), 7);
  assert.equal(await keda.value({ ...LOAD, service: 'web' }), 7);
  assert.equal(await keda.value({ ...LOAD, selector: 'app=web' }), 7);
  assert.equal(await custom('services/web/demand_requests'), 5);
  assert.equal(await keda.value({ ...DEMAND, service: 'web' }), 5);
});

test('an object that does not exist is not found', async () => {
  const none = (metric: string) => `NOT_FOUND: ${metric}: no such object`;
  assert.equal(await keda.value({ ...LOAD, workload: 'deploy/wbe' }), none('active_requests'));
  assert.equal(await keda.value({ ...LOAD, workload: 'workers.example.com/web' }), none('active_requests'));
  assert.equal(await keda.isActive({ ...DEMAND, service: 'wbe' }), none('demand_requests'));
  assert.equal(await keda.isActive({ ...DEMAND, service: 'web' }, 'edge'), none('demand_requests'));
  const port = { ...DEMAND, service: 'web', port: '81' };
  assert.equal(await keda.value(port), 'NOT_FOUND: demand_requests: no such port');
});

test('a workload without pods has a load of 0, and a rejected request wakes it by its Service', async () => {
  const byWorkload = { ...LOAD, workload: 'deploy/asleep' };
  const byService = { ...LOAD, service: 'asleep' };
  assert.deepEqual([await keda.value(byWorkload), await keda.isActive(byWorkload)], [0, false]);
  assert.deepEqual([await keda.value(byService), await keda.isActive(byService)], [0, false]);
  const stream = keda.streamIsActive(byService);
  await received(stream, 'no activity', ({ result }) => !result);
  await bench.put(demandRecord('service', 'asleep', gateway('gw-1'), { active: 0, slots: [{ reset: 1 }] }));
  await received(stream, 'activity', ({ result }) => result);
  assert.deepEqual([await keda.value(byService), await keda.isActive(byService)], [0, true]);
  assert.equal(await keda.isActive(byWorkload), false);
});
