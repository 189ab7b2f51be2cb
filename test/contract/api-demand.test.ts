import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type DestinationKind, EVERYWHERE, STAT } from '@activescale/protocol/record';
import { type Bench, DEMAND_METRICS, METRICS, metricsOf, startStandalone, V1BETA1, V1BETA2 } from './api.ts';
import { demandRecord, gateway, restRecord } from './demand-records.ts';

// Demand without a cluster: every name may be a destination, and no source is known to be gone. Each test has destinations
// with separate names, or in a separate namespace where it is about sources that report nothing.

let bench: Bench;
before(async () => {
  bench = await startStandalone({ EXTERNAL_METRICS: 'true' });
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

const RESOURCES: Readonly<Record<DestinationKind, string>> = {
  service: 'services',
  httproute: 'httproutes.gateway.networking.k8s.io',
  grpcroute: 'grpcroutes.gateway.networking.k8s.io',
};

interface Answered {
  readonly status: number;
  readonly message: string | undefined;
  readonly values: readonly string[];
}

async function ask(path: string): Promise<Answered> {
  const { status, body } = await bench.get(path);
  const { items = [], message } = JSON.parse(body);
  return { status, message, values: items.map(({ value }: { value: string }) => value) };
}

function custom(kind: DestinationKind, name: string, metric: string, query = '', namespace = 'shop') {
  return ask(`${V1BETA2}/namespaces/${namespace}/${RESOURCES[kind]}/${name}/${metric}${query}`);
}

function external(selector: string, metric: string, namespace = 'shop') {
  const query = `labelSelector=${encodeURIComponent(selector)}`;
  return ask(`/apis/external.metrics.k8s.io/v1beta1/namespaces/${namespace}/${metric}?${query}`);
}

const MINUTE = Array.from({ length: 12 }, () => ({
  length: 5_000,
  mean: 2,
  largest: 3,
  started: 100,
  reset: 5,
  completed: 50,
  errors: 5,
  timed: 50,
  durations: 2_500,
  buckets: [0, 50],
}));
const BUSY = { active: 4, upstreamActive: 3, pending: 1, slots: MINUTE, bounds: [100] };

const VALUES: Readonly<Record<(typeof DEMAND_METRICS)[number], string>> = {
  demand_requests: '8',
  demand_active_requests: '8',
  demand_active_requests_mean_1m: '4',
  demand_active_requests_mean_10s: '4',
  demand_active_requests_max_1m: '6',
  demand_pending_requests: '2',
  demand_requests_per_second: '40',
  demand_rejected_requests_per_second: '2',
  demand_request_duration_seconds_mean: '50m',
  demand_request_duration_seconds_p50: '50m',
  demand_request_duration_seconds_p95: '95m',
  demand_request_duration_seconds_p99: '99m',
  demand_request_error_ratio: '100m',
};

test('every demand metric is that of all sources together, for each kind and in both APIs', async () => {
  const kinds: readonly DestinationKind[] = ['service', 'httproute', 'grpcroute'];
  await bench.put(
    ...kinds.flatMap((kind) => [1, 2].map((i) => demandRecord(kind, 'web', gateway(`gw-${i}`), BUSY))),
    demandRecord('service', 'webs', gateway('gw-1'), { active: 99 }),
    demandRecord('service', 'web', gateway('gw-1'), { active: 99, namespace: 'other' }),
  );
  for (const kind of kinds) {
    for (const [metric, value] of Object.entries(VALUES)) {
      assert.deepEqual((await custom(kind, 'web', metric)).values, [value], `${kind} ${metric}`);
      assert.deepEqual((await external(`${kind}=web`, metric)).values, [value], `${kind} ${metric}`);
    }
  }
});

test('an item describes its destination', async () => {
  const now = await bench.put(
    demandRecord('httproute', 'item', gateway('gw-1'), { active: 2, slots: MINUTE }),
  );
  const path = `namespaces/shop/${RESOURCES.httproute}/item/demand_requests_per_second?metricLabelSelector=over%3D30s`;
  const [item, old] = await Promise.all(
    [V1BETA2, V1BETA1].map(
      async (version) => JSON.parse((await bench.get(`${version}/${path}`)).body).items[0],
    ),
  );
  assert.deepEqual(item.describedObject, {
    kind: 'HTTPRoute',
    namespace: 'shop',
    name: 'item',
    apiVersion: 'gateway.networking.k8s.io/v1',
  });
  assert.deepEqual([item.value, item.windowSeconds, old.value, old.window], ['20', 30, '20', 30]);
  assert.equal(Date.parse(item.timestamp), Math.floor(now / 1_000) * 1_000);
});

test('port narrows a Service to one port', async () => {
  await bench.put(
    demandRecord('service', 'ports', gateway('gw-1'), { port: '80', active: 1 }),
    demandRecord('service', 'ports', gateway('gw-2'), { port: '80', active: 2 }),
    demandRecord('service', 'ports', gateway('gw-1'), { port: '8080', active: 5 }),
  );
  const at = (port: string) =>
    custom('service', 'ports', 'demand_active_requests', `?metricLabelSelector=port%3D${port}`);
  assert.deepEqual((await custom('service', 'ports', 'demand_active_requests')).values, ['8']);
  assert.deepEqual((await at('80')).values, ['3']);
  assert.deepEqual((await at('8080')).values, ['5']);
  assert.deepEqual(await at('81'), {
    status: 404,
    message:
      'the server could not find the metric demand_active_requests for services ports: no live source reports it',
    values: [],
  });
  assert.deepEqual((await external('service=ports,port=8080', 'demand_requests')).values, ['5']);
  assert.deepEqual((await external('service=ports,port=81', 'demand_requests')).values, []);
});

test('a list has all destinations that sources report, and none by labels, which are not known', async () => {
  await bench.put(
    demandRecord('service', 'b', gateway('gw-1'), { namespace: 'listed', active: 2 }),
    demandRecord('service', 'a', gateway('gw-1'), { namespace: 'listed', active: 1 }),
    demandRecord('service', 'a', gateway('gw-1'), { namespace: 'listed', active: 3, port: '81' }),
    demandRecord('httproute', 'c', gateway('gw-1'), { namespace: 'listed', active: 9 }),
    restRecord('service', gateway('gw-1'), { namespace: 'listed' }),
  );
  const list = (query = '') => custom('service', '*', 'demand_active_requests', query, 'listed');
  assert.deepEqual((await list()).values, ['4', '2']);
  assert.deepEqual((await list('?metricLabelSelector=port%3D80')).values, ['1', '2']);
  assert.deepEqual((await list('?labelSelector=app%3Dweb')).values, []);
  assert.deepEqual((await custom('service', '*', 'demand_requests', '', 'nobody')).values, []);
});

test('without a live source the value is unknown', async () => {
  await bench.put(demandRecord('service', 'silent', gateway('gw-1'), { age: 51_000, expiry: 1_000_000 }));
  for (const name of ['silent', 'nobody']) {
    assert.deepEqual(await external(`service=${name}`, 'demand_requests'), {
      status: 200,
      message: undefined,
      values: [],
    });
    assert.equal((await custom('service', name, 'demand_requests')).status, 404);
  }
  assert.match(
    (await custom('service', 'silent', 'demand_requests')).message ?? '',
    /: no value of 1 source: 1 expired$/,
  );
});

test('a silent source is held for 30 s after it was fresh', async () => {
  await bench.put(demandRecord('service', 'held', gateway('gw-1'), { active: 3, age: 45_000 }));
  assert.deepEqual((await custom('service', 'held', 'demand_active_requests')).values, ['3']);
  assert.deepEqual((await custom('service', 'held', 'demand_requests')).values, ['3']);
  assert.equal((await custom('service', 'held', 'demand_request_error_ratio')).status, 404);
});

test('what no source mentions is 0 if a live source for this namespace, or for all, would mention it', async () => {
  const zero = (namespace: string, kind: DestinationKind = 'service', metric = 'demand_requests') =>
    custom(kind, 'quiet', metric, '', namespace);
  await bench.put(
    restRecord('service', gateway('gw', 'own'), { namespace: 'own' }),
    restRecord('service', gateway('gw', 'old'), { namespace: 'old', age: 21_000 }),
    restRecord('service', gateway('gw', 'hides'), { namespace: 'hides', provenZero: STAT.active }),
  );
  assert.deepEqual((await zero('own')).values, ['0']);
  assert.deepEqual((await zero('own', 'service', 'demand_requests_per_second')).values, ['0']);
  assert.equal((await zero('own', 'service', 'demand_request_error_ratio')).status, 404);
  assert.equal((await zero('own', 'httproute')).status, 404);
  assert.equal((await zero('old')).status, 404);
  assert.equal((await zero('hides')).status, 404);
  assert.deepEqual((await zero('hides', 'service', 'demand_active_requests')).values, ['0']);
  assert.equal((await zero('elsewhere')).status, 404);
  await bench.put(restRecord('service', gateway('gw-1'), { namespace: EVERYWHERE, expiry: 2_000 }));
  assert.deepEqual((await zero('elsewhere')).values, ['0']);
  assert.equal((await zero('elsewhere', 'httproute')).status, 404);
  assert.deepEqual((await external('service=quiet', 'demand_requests', 'elsewhere')).values, ['0']);
});

test('a source that reports a destination and hides its stats is no proof of 0, whatever other sources prove', async () => {
  await bench.put(
    demandRecord('service', 'hidden', gateway('gw-1'), { namespace: 'hidden', sent: STAT.started }),
    restRecord('service', gateway('gw-2'), { namespace: 'hidden' }),
  );
  const { status, message } = await custom('service', 'hidden', 'demand_active_requests', '', 'hidden');
  assert.equal(status, 404);
  assert.match(message ?? '', /: no value of 1 source: 1 stat_missing$/);
});

test('a rejected request counts as one for 90 s, however short it was', async () => {
  const quiet = Array.from({ length: 8 }, () => ({ length: 10_000 }));
  const put = (...last: { length: number; reset: number }[]) =>
    bench.put(demandRecord('service', 'asleep', gateway('gw-1'), { active: 0, slots: [...quiet, ...last] }));
  await put({ length: 1_000, reset: 1 });
  assert.deepEqual((await custom('service', 'asleep', 'demand_requests')).values, ['1']);
  assert.deepEqual((await external('service=asleep', 'demand_requests')).values, ['1']);
  assert.deepEqual((await custom('service', 'asleep', 'demand_active_requests')).values, ['0']);
  quiet.push({ length: 10_000 });
  quiet.push({ length: 1_000 });
  await put({ length: 1_000, reset: 1 });
  assert.deepEqual((await custom('service', 'asleep', 'demand_requests')).values, ['0']);
});

test('a filter that hides rejected requests leaves no 0 of demand_requests', async () => {
  const sent = STAT.active | STAT.started;
  await bench.put(
    demandRecord('service', 'no-rejections', gateway('gw-1'), { active: 0, sent }),
    demandRecord('service', 'in-use', gateway('gw-1'), { active: 2, sent }),
  );
  assert.equal((await custom('service', 'no-rejections', 'demand_requests')).status, 404);
  assert.deepEqual((await custom('service', 'no-rejections', 'demand_active_requests')).values, ['0']);
  assert.deepEqual((await custom('service', 'in-use', 'demand_requests')).values, ['2']);
});

test('demand of a pod or Deployment, and load of a route, are 404 with the reason', async () => {
  const of =
    'it is a metric of services, httproutes.gateway.networking.k8s.io, grpcroutes.gateway.networking.k8s.io';
  for (const [path, about] of [
    ['namespaces/shop/pods/web-0', 'pods web-0'],
    ['namespaces/shop/pods/*', 'pods'],
    ['namespaces/shop/deployments.apps/web', 'deployments.apps web'],
    ['namespaces/shop/metrics', 'namespaces shop'],
  ] as const) {
    const { status, message } = await ask(`${V1BETA2}/${path}/demand_requests`);
    const text = `the server could not find the metric demand_requests for ${about}: ${of}`;
    assert.deepEqual([status, message], [404, text], path);
  }
  const route = await custom('httproute', 'web', 'active_requests');
  assert.equal(route.status, 404);
  assert.match(
    route.message ?? '',
    /: it is counted at pods, and a route has none; its metrics are those of demand$/,
  );
});

test('a selector that names no destination, or a port of load, is 400 with the reason', async () => {
  for (const selector of [
    'app=web',
    'workload=web',
    'over=30s',
    'service=a,httproute=b',
    'service in (a,b)',
  ]) {
    const { status, message } = await external(selector, 'demand_requests');
    assert.equal(status, 400, selector);
    assert.match(message ?? '', /service=web, httproute=web and grpcroute=web/, selector);
  }
  const { status, message } = await ask(
    `${V1BETA2}/namespaces/shop/pods/*/active_requests?metricLabelSelector=port%3D80`,
  );
  assert.equal(status, 400);
  assert.match(message ?? '', /^unable to select a series: port=80: active_requests is counted at pods/);
  assert.equal(
    (await custom('service', 'web', 'demand_requests', '?metricLabelSelector=over%3D30s')).status,
    400,
  );
});

test('pods labelled service are still selected by external metrics of load', async () => {
  await bench.put({ name: 'labelled-0', labels: { service: 'labelled', port: '80' }, active: 6 });
  assert.deepEqual((await external('service=labelled,port=80', 'active_requests')).values, ['6']);
});

test('the last answers show a destination with its port, and external metrics by their selector', async () => {
  await bench.put(demandRecord('service', 'shown', gateway('gw-1'), { active: 6 }));
  await custom('service', 'shown', 'demand_requests', '?metricLabelSelector=port%3D80');
  await external('service=shown', 'demand_requests');
  const { body } = await bench.get('/metrics');
  const line = (labels: string) =>
    body.split('\n').find((each) => each.startsWith(`activescale_api_answer_value{${labels}`));
  const own =
    'namespace="shop",resource="services",name="shown",selector="port=80",metric="demand_requests",window=""} 6';
  assert.ok(line(`group="custom.metrics.k8s.io",${own}`), 'custom');
  const selected =
    'namespace="shop",resource="",name="",selector="service=shown",metric="demand_requests",window=""} 6';
  assert.ok(line(`group="external.metrics.k8s.io",${selected}`), 'external');
  assert.match(await metricsOf(bench.api), /^activescale_api_pods_omitted_total\{reason="stat_missing"\} /m);
});

test('the metrics of pods and of destinations are distinct', () => {
  const both = METRICS.filter((name) => DEMAND_METRICS.some((demand) => demand === (name as string)));
  assert.deepEqual(both, []);
});
