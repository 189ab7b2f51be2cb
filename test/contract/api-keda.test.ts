import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { STAT } from '@activescale/protocol/record';
import { type Bench, IDLE, metricsOf, startStandalone } from './api.ts';
import { demandRecord, gateway, restRecord } from './demand-records.ts';
import { type KedaClient, kedaClient, type Metadata } from './keda-client.ts';

// The external scaler without a cluster, where each name may be a destination and workloads are those in the records.

let bench: Bench;
let keda: KedaClient;
before(async () => {
  bench = await startStandalone({ EXTERNAL_METRICS: 'true', KEDA_PORT: '0' });
  keda = kedaClient(bench.api.kedaPort);
});
after(async () => {
  keda?.[Symbol.dispose]();
  await bench?.[Symbol.asyncDispose]();
});

const DEMAND = { metric: 'demand_requests', target: '10', service: 'web' };
const LOAD = { metric: 'active_requests', target: '10', workload: 'deployments.apps/web' };
const MINUTE = Array.from({ length: 12 }, () => ({
  length: 5_000,
  mean: 2,
  largest: 3,
  started: 100,
  reset: 5,
}));

async function external(metric: string, selector: string, namespace = 'shop'): Promise<number> {
  const query = `labelSelector=${encodeURIComponent(selector)}`;
  const path = `/apis/external.metrics.k8s.io/v1beta1/namespaces/${namespace}/${metric}?${query}`;
  const { items } = JSON.parse((await bench.get(path)).body);
  return Number(items[0].value.replace(/m$/, 'e-3'));
}

test('an answer does not wait for the delayed ACK of its headers', async () => {
  await bench.put({ name: 'web-1', active: 3 });
  const took: number[] = [];
  for (let i = 0; i < 20; i++) {
    const start = performance.now();
    assert.equal(await keda.value(LOAD), 3);
    took.push(performance.now() - start);
  }
  // Linux delays an ACK by 40 ms at least (TCP_DELACK_MIN in include/net/tcp.h).
  const fast = took.filter((ms) => ms < 35).length;
  assert.ok(fast >= 5, `ms: ${took}`);
});

test('values are those of the metrics APIs, in the namespace of the ScaledObject', async () => {
  await bench.put(
    { name: 'web-1', active: 3, labels: { app: 'web' }, slots: MINUTE },
    { name: 'web-2', active: 4, labels: { app: 'web' }, slots: MINUTE },
    { name: 'web-1', namespace: 'other', active: 50, labels: { app: 'web' } },
    demandRecord('service', 'web', gateway('gw-1'), { active: 5, slots: MINUTE }),
    demandRecord('service', 'web', gateway('gw-1'), { active: 2, slots: MINUTE, port: '8080' }),
    demandRecord('httproute', 'web', gateway('gw-1'), { active: 6, slots: MINUTE }),
    demandRecord('grpcroute', 'web', gateway('gw-1'), { active: 9, slots: MINUTE }),
  );
  const cases: readonly (readonly [Metadata, string])[] = [
    [LOAD, 'workload=web'],
    [{ ...LOAD, workload: 'deployment/web' }, 'workload=web'],
    [{ metric: 'active_requests', target: '10', selector: 'app in (web)' }, 'app in (web)'],
    [{ ...LOAD, metric: 'requests_per_second', over: '30s' }, 'workload=web,over=30s'],
    [{ ...DEMAND, metric: 'demand_active_requests' }, 'service=web'],
    [{ ...DEMAND, metric: 'demand_active_requests', port: '8080' }, 'service=web,port=8080'],
    [{ metric: 'demand_active_requests', target: '1', httproute: 'web' }, 'httproute=web'],
    [{ metric: 'demand_active_requests', target: '1', grpcroute: 'web' }, 'grpcroute=web'],
    [{ ...DEMAND, metric: 'demand_requests_per_second', over: '10s' }, 'service=web,over=10s'],
  ];
  const values = new Set<number>();
  for (const [metadata, selector] of cases) {
    const value = await external(metadata.metric ?? '', selector);
    assert.equal(await keda.value(metadata), value, selector);
    values.add(value);
  }
  assert.deepEqual([...values], [7, 40, 2, 6, 9], 'each subject has another value');
  assert.equal(await keda.value(LOAD, 'other'), 50);
  const name = 'ACTIVE_requests';
  assert.equal(await keda.value(LOAD, 'shop', name), 7, 'an HPA asks in lower case');
});

test('a spec has the name of the metric and the target', async () => {
  const spec = (target: string) => keda.specs({ ...LOAD, target });
  const name = 'active_requests';
  assert.deepEqual(await spec('10'), [{ metricName: name, targetSize: 10, targetSizeFloat: 10 }]);
  assert.deepEqual(await spec('2500m'), [{ metricName: name, targetSize: 3, targetSizeFloat: 2.5 }]);
  assert.deepEqual(await spec('0.2'), [{ metricName: name, targetSize: 1, targetSizeFloat: 0.2 }]);
});

const METRICS = /^INVALID_ARGUMENT: metric: found "nothing"; expected one of active_requests, /;
const INVALID: readonly (readonly [Metadata, RegExp])[] = [
  [{}, /^INVALID_ARGUMENT: metric is missing; expected one of active_requests, /],
  [{ ...LOAD, metric: 'nothing' }, METRICS],
  [
    { ...LOAD, metrc: 'x' },
    /^INVALID_ARGUMENT: unknown key "metrc"; expected metric, target, .*; did you mean "metric"\?$/,
  ],
  [{ ...LOAD, metric: 'active_request' }, /; did you mean "active_requests"\?$/],
  [{ metric: 'active_requests', workload: 'deploy/web' }, /target is missing; expected a quantity above 0/],
  [{ ...LOAD, target: '0' }, /^INVALID_ARGUMENT: target: found "0"; expected a quantity above 0/],
  [{ ...LOAD, target: 'ten' }, /target: found "ten"; expected a quantity/],
  [{ metric: 'active_requests', target: '1' }, /workload is missing; expected one of workload, service, /],
  [{ ...LOAD, service: 'web' }, /service: found "web"; expected only one of .*, and there is workload$/],
  [{ ...LOAD, workload: 'web' }, /workload: found "web"; expected RESOURCE\/NAME, such as deployments\.apps/],
  [{ ...DEMAND, service: '' }, /service: found ""; expected a name/],
  [{ ...DEMAND, service: '*' }, /service: found "\*"; expected the name of one object/],
  [{ ...LOAD, workload: 'pods/*' }, /workload: found "pods\/\*"; expected RESOURCE\/NAME/],
  [{ ...LOAD, metric: 'demand_requests' }, /workload: .* expected service, httproute or grpcroute, because/],
  [
    { metric: 'active_requests', target: '1', httproute: 'web' },
    /httproute: .* expected workload, service or selector, because active_requests is counted at pods/,
  ],
  [
    { metric: 'active_requests', target: '1', selector: 'a==' + '!' },
    /selector: .* expected a label selector/,
  ],
  [{ metric: 'active_requests', target: '1', selector: 'over=10s' }, /selector: .* over is a key of/],
  [{ ...LOAD, over: '1m' }, /over=1m: the metric active_requests has no window/],
  [{ ...LOAD, metric: 'requests_per_second', over: '9s' }, /over=9s: expected a duration from 10s to 2m/],
  [{ ...LOAD, port: '80' }, /port=80: active_requests is counted at pods/],
  [{ ...LOAD, activation: '-1' }, /activation: found "-1"; expected a quantity of at least 0/],
  [{ ...LOAD, selector: 'x'.repeat(4_097) }, /selector: found "x+… \(4097 characters/],
  [
    { ...LOAD, target: '1', targetFromEnv: '2' },
    /target: found "2"; expected one of target and targetFromEnv/,
  ],
  [Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`k${i}`, ''])), /more than 32 entries/],
];

for (const [metadata, expected] of INVALID)
  test(`metadata that is refused: ${JSON.stringify(metadata).slice(0, 100)}`, async () => {
    assert.match(String(await keda.specs(metadata)), expected);
    assert.match(String(await keda.isActive(metadata)), expected);
    assert.match(String(await keda.value(metadata)), expected);
  });

test('what KEDA adds to the metadata is ignored, and an environment variable may give a value', async () => {
  const more = { scalerAddress: 'api:9443', enableTLS: 'true', unsafeSsl: 'false', targetFromEnv: '7' };
  const [spec] = await keda.specs({ metric: 'active_requests', workload: 'deploy/web', ...more });
  assert.deepEqual(spec, { metricName: 'active_requests', targetSize: 7, targetSizeFloat: 7 });
});

test('a namespace that cannot exist, and a metric other than that of the metadata, are refused', async () => {
  assert.match(String(await keda.value(LOAD, 'a}b')), /^INVALID_ARGUMENT: namespace: found "a}b"/);
  assert.match(
    String(await keda.value(LOAD, 'shop', 'pending_requests')),
    /^INVALID_ARGUMENT: metricName: found "pending_requests"; expected active_requests/,
  );
});

test('an unknown value is an error with its reason, and never 0', async () => {
  await bench.put(
    { name: 'old-1', workload: 'old', active: 5, age: 51_000 },
    { name: 'hidden-1', workload: 'hidden', ...IDLE },
    demandRecord('service', 'hidden', gateway('gw-1'), { sent: STAT.started, slots: [{}] }),
  );
  const failed = (metadata: Metadata) => Promise.all([keda.value(metadata), keda.isActive(metadata)]);
  const both = (text: string) => [text, text];
  const of = (workload: string) => failed({ ...LOAD, workload: `deploy/${workload}` });
  assert.deepEqual(
    await of('old'),
    both('FAILED_PRECONDITION: active_requests: no value of 1 pod: 1 expired'),
  );
  assert.deepEqual(
    await of('hidden'),
    both('FAILED_PRECONDITION: active_requests: no value of 1 pod: 1 idle'),
  );
  assert.deepEqual(await of('nobody'), both('FAILED_PRECONDITION: active_requests: no pod matches'));
  const ofDestination = (service: string) => failed({ ...DEMAND, metric: 'demand_active_requests', service });
  assert.deepEqual(
    await ofDestination('nobody'),
    both('FAILED_PRECONDITION: demand_active_requests: no live source reports it'),
  );
  assert.deepEqual(
    await ofDestination('hidden'),
    both('FAILED_PRECONDITION: demand_active_requests: no value of 1 source: 1 stat_missing'),
  );
});

test('a trigger is active above its activation, or after a rejected request', async () => {
  const quiet = [{ end: 0 }];
  const rejecting = [{ reset: 1 }];
  await bench.put(
    restRecord('service', gateway('gw-1')),
    demandRecord('service', 'busy', gateway('gw-1'), { active: 3, slots: quiet }),
    demandRecord('service', 'rejecting', gateway('gw-1'), { active: 0, slots: rejecting }),
    { name: 'busy-1', workload: 'busy', active: 3 },
  );
  const active = (metadata: Metadata) => keda.isActive({ target: '1', ...metadata });
  const demand = (service: string, activation: string, metric = 'demand_requests') =>
    active({ metric, service, activation });
  assert.equal(await demand('busy', '0'), true);
  assert.equal(await demand('busy', '2'), true);
  assert.equal(await demand('busy', '3'), false);
  assert.equal(await demand('rejecting', '0'), true);
  assert.equal(await demand('rejecting', '3'), true);
  assert.equal(await demand('rejecting', '0', 'demand_active_requests'), true);
  assert.equal(await demand('unmentioned', '0'), false);
  const load = (activation: string) =>
    active({ metric: 'active_requests', workload: 'deploy/busy', activation });
  assert.deepEqual([await load('2999m'), await load('3')], [true, false]);
});

test('a request that is too large is refused', async () => {
  const answer = await keda.specs({ ...LOAD, selector: 'x'.repeat(70_000) });
  assert.match(String(answer), /^RESOURCE_EXHAUSTED: /);
});

test('calls are counted by method and status', async () => {
  const text = await metricsOf(bench.api);
  assert.match(text, /^activescale_api_keda_requests_total\{method="GetMetrics",code="OK"\} \d+$/m);
  assert.match(
    text,
    /^activescale_api_keda_requests_total\{method="IsActive",code="INVALID_ARGUMENT"\} \d+$/m,
  );
  const group = 'externalscaler.ExternalScaler';
  assert.match(
    text,
    new RegExp(`^metrics_apiserver_metric_freshness_seconds_count\\{group="${group}"\\} [1-9]`, 'm'),
  );
});

test('while Valkey is down, all values are unavailable, and specs are still known', async () => {
  await bench.valkey.stop();
  assert.match(String(await keda.value(LOAD)), /^UNAVAILABLE: the metrics store is unavailable/);
  assert.match(String(await keda.isActive(DEMAND)), /^UNAVAILABLE: /);
  assert.equal((await keda.specs(LOAD)).length, 1);
});
