import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EXTERNAL_METRICS, type KubeClient, namespace, registerApi, until } from '@activescale/devkit';
import { EVERYWHERE, type Source } from '@activescale/protocol/record';
import { V1BETA2 } from './api.ts';
import { type ClusterBench, podsOlderThan, startInCluster } from './api-cluster.ts';
import { pod } from './cluster-objects.ts';
import { demandRecord, gateway, restRecord } from './demand-records.ts';
import { createRoutes, GATEWAY_API, HTTP_ROUTES } from './gateway-api.ts';

// Demand in a cluster: the destination must exist, and a source counts as long as its pod does.

let bench: ClusterBench;
before(async () => {
  bench = await startInCluster({ env: { EXTERNAL_METRICS: 'true' } });
  const { admin, ca } = bench.plane;
  const { securePort } = bench.api;
  await registerApi(admin, { securePort, caBundle: ca.cert, versions: EXTERNAL_METRICS });
  for (const name of ['shop', 'other', 'edge']) await admin.apply(namespace(name));
  await createRoutes(admin);
  const ports = [
    { port: 80, name: 'http' },
    { port: 8080, name: 'admin', targetPort: 9_000 },
  ];
  await service('web', ports);
  await service('bare', ports);
  for (const name of ['gw-1', 'gw-2', 'gw-3']) await admin.apply(pod('edge', name, { app: 'gateway' }));
  await podsOlderThan(bench, 'edge', 2_000);
  const ready = async () => {
    await bench.put(demandRecord('service', 'web', gateway('gw-3'), { active: 1, expiry: 2_000 }));
    return (await services('web'))[0] === '1';
  };
  await until(ready, { what: 'the demand for web' });
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

async function service(
  name: string,
  ports: readonly object[],
  labels: Record<string, string> = {},
  selector?: Record<string, string>,
) {
  const metadata = { name, namespace: 'shop', labels };
  await bench.plane.admin.apply({ apiVersion: 'v1', kind: 'Service', metadata, spec: { ports, selector } });
}

async function route(name: string, labels: Record<string, string> = {}) {
  const metadata = { name, namespace: 'shop', labels };
  const apiVersion = `${GATEWAY_API}/v1`;
  await bench.plane.admin.apply({ apiVersion, kind: 'HTTPRoute', metadata, spec: {} });
}

type Values = readonly string[] | string;

/** The values of the answer, or the reason at the end of its error. */
async function ask(path: string, client: KubeClient = bench.plane.admin): Promise<Values> {
  const { status, body } = await client.request(path);
  const { items, message } = JSON.parse(body);
  if (status === 200) return items.map(({ value }: { value: string }) => value);
  return `${status} ${message.split(': ').slice(1).join(': ')}`;
}

const services = (name: string, query = '', metric = 'demand_requests') =>
  ask(`${V1BETA2}/namespaces/shop/services/${name}/${metric}${query}`);
const routes = (name: string, query = '', plural = HTTP_ROUTES) =>
  ask(`${V1BETA2}/namespaces/shop/${plural}/${name}/demand_requests${query}`);
const external = (selector: string) =>
  ask(
    `/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/demand_requests?labelSelector=${encodeURIComponent(selector)}`,
  );
const port = (text: string) => `?metricLabelSelector=${encodeURIComponent(`port=${text}`)}`;

test('a Service that exists has the demand of its sources, with or without pods and a selector', async () => {
  await service('picky', [{ port: 80 }], {}, { app: 'picky' });
  await bench.put(
    ...['bare', 'picky'].flatMap((name) => [
      demandRecord('service', name, gateway('gw-1'), { active: 2 }),
      demandRecord('service', name, gateway('gw-2'), { active: 3 }),
    ]),
  );
  for (const name of ['bare', 'picky']) {
    assert.deepEqual(await services(name), ['5']);
    assert.deepEqual(await external(`service=${name}`), ['5']);
  }
});

test('a Service that does not exist has no demand, whatever is reported', async () => {
  await bench.put(demandRecord('service', 'wbe', gateway('gw-1'), { active: 2 }));
  await bench.put(restRecord('service', gateway('gw-1'), { namespace: EVERYWHERE, expiry: 1_500 }));
  for (const name of ['wbe', 'nobody', '..', 'WEB']) {
    assert.equal(await services(encodeURIComponent(name)), '404 no such object', name);
  }
  assert.deepEqual(await external('service=wbe'), []);
  assert.deepEqual(await external('service=nobody'), []);
});

test('a port is one of the Service, by number or name', async () => {
  await service('ports', [
    { port: 80, name: 'http' },
    { port: 8080, name: 'admin' },
  ]);
  await bench.put(
    demandRecord('service', 'ports', gateway('gw-1'), { port: '80', active: 1 }),
    demandRecord('service', 'ports', gateway('gw-1'), { port: '8080', active: 2 }),
    demandRecord('service', 'ports', gateway('gw-2'), { port: 'admin', active: 4 }),
  );
  assert.deepEqual(await services('ports'), ['7']);
  assert.deepEqual(await services('ports', port('80')), ['1']);
  assert.deepEqual(await services('ports', port('8080')), ['6']);
  assert.deepEqual(await services('ports', port('admin')), ['6']);
  await bench.put(restRecord('service', gateway('gw-1'), { namespace: 'shop', expiry: 1_500 }));
  assert.equal(await services('ports', port('8081')), '404 no such port');
  assert.deepEqual(await external('service=ports,port=8081'), []);
  assert.deepEqual(await services('*', `${port('admin')}&labelSelector=none%3Dsuch`), []);
});

test('routes that exist have demand; a kind that the cluster lacks has none', async () => {
  await route('checkout');
  await bench.put(
    demandRecord('httproute', 'checkout', gateway('gw-1'), { active: 3 }),
    demandRecord('httproute', 'nobody', gateway('gw-1'), { active: 3 }),
    demandRecord('grpcroute', 'checkout', gateway('gw-1'), { active: 3 }),
  );
  assert.deepEqual(await routes('checkout'), ['3']);
  assert.deepEqual(await routes('checkout', '', `httproute.${GATEWAY_API}`), ['3']);
  assert.deepEqual(await external('httproute=checkout'), ['3']);
  assert.equal(await routes('nobody'), '404 no such object');
  assert.equal(await routes('checkout', '', `grpcroutes.${GATEWAY_API}`), '404 no such object');
  assert.equal(await routes('checkout', port('80')), '404 no such port');
  assert.deepEqual(await external('grpcroute=checkout'), []);
});

test('a list has the destinations of the cluster whose labels match and whose demand is known', async () => {
  await service('a', [{ port: 80 }], { tier: 'front' });
  await service(
    'b',
    [
      { port: 80, name: 'http' },
      { port: 81, name: 'more' },
    ],
    { tier: 'front' },
  );
  await service('c', [{ port: 80 }], { tier: 'front' });
  await route('r', { tier: 'front' });
  await route('unknown', { tier: 'front' });
  await bench.put(
    demandRecord('service', 'a', gateway('gw-1'), { active: 1 }),
    demandRecord('service', 'b', gateway('gw-1'), { active: 2 }),
    demandRecord('service', 'b', gateway('gw-2'), { active: 2, port: '81' }),
    restRecord('service', gateway('gw-1'), { namespace: 'shop', expiry: 5_000 }),
    demandRecord('httproute', 'r', gateway('gw-1'), { active: 9 }),
  );
  const front = 'labelSelector=tier%3Dfront';
  assert.deepEqual(await services('*', `?${front}`), ['1', '4', '0']);
  assert.deepEqual(await services('*', `${port('81')}&${front}`), ['2']);
  assert.deepEqual(await services('*', '?labelSelector=tier%3Dback'), []);
  assert.deepEqual(await routes('*', `?${front}`), ['9']);
});

test('the share of a source ends at once when its pod is deleted', async () => {
  const { admin } = bench.plane;
  await admin.apply(pod('edge', 'leaving', { app: 'gateway' }));
  const share = (source: Source, active: number) => demandRecord('service', 'web', source, { active });
  const both = async () => {
    await bench.put(share(gateway('gw-1'), 1), share(gateway('leaving'), 4));
    return (await services('web'))[0] === '5';
  };
  await until(both, { what: 'the share of the new gateway' });
  await admin.delete('/api/v1/namespaces/edge/pods/leaving?gracePeriodSeconds=0');
  await until(async () => (await services('web'))[0] === '1', { what: 'the share to end', deadline: 5_000 });
  await bench.put(
    share(gateway('never-was'), 9),
    demandRecord('service', 'web', gateway('gw-1', 'other'), { active: 9 }),
  );
  assert.deepEqual(await services('web'), ['1']);
});

test('what a source has reported is not from the next pod of its name, and a rest proves nothing without its pod', async () => {
  const { admin } = bench.plane;
  await service('left', [{ port: 80 }]);
  await admin.apply(pod('edge', 'replaced', { app: 'gateway' }));
  const reported = async () => {
    await bench.put(demandRecord('service', 'left', gateway('replaced'), { active: 4 }));
    return (await services('left'))[0] === '4';
  };
  await until(reported, { what: 'the share of the gateway' });
  await admin.delete('/api/v1/namespaces/edge/pods/replaced?gracePeriodSeconds=0');
  await until(async () => (await services('left')).includes('no live source'), {
    what: 'the pod to be gone',
  });
  await bench.put(restRecord('service', gateway('replaced'), { namespace: 'shop', expiry: 5_000 }));
  assert.equal(await services('left'), '404 no live source reports it');
  await admin.apply(pod('edge', 'replaced', { app: 'gateway' }));
  const expected = '404 no value of 1 source: 1 previous_pod';
  await until(async () => (await services('left')) === expected, { what: 'the next pod of the name' });
});

test('a user may read the demand of a namespace by the rights that its load needs', async () => {
  const { plane } = bench;
  await bench.put(demandRecord('service', 'bare', gateway('gw-1'), { active: 2 }));
  const reader = await plane.client({ name: 'reader' });
  const path = `${V1BETA2}/namespaces/shop/services/bare/demand_requests`;
  assert.match(String(await ask(path, reader)), /^403 .*cannot get resource "services\/demand_requests"/);
});

test('while kube-apiserver is away, known destinations keep their demand, and others are 503', async () => {
  const { apiserver, credential } = bench.plane;
  const direct = bench.direct(await credential({ name: 'admin', groups: ['system:masters'] }));
  const put = () =>
    bench.put(
      demandRecord('service', 'bare', gateway('gw-1'), { active: 2 }),
      demandRecord('service', 'bare', gateway('gw-2'), { active: 0 }),
      restRecord('service', gateway('gw-2'), { namespace: 'shop', expiry: 5_000 }),
    );
  const of = (name: string) => ask(`${V1BETA2}/namespaces/shop/services/${name}/demand_requests`, direct);
  await put();
  assert.deepEqual(await of('bare'), ['2']);
  await apiserver.stop();
  try {
    await put();
    assert.deepEqual(await of('bare'), ['2']);
    assert.match(String(await of('unheard')), /^503 /);
  } finally {
    await apiserver.restart();
  }
});
