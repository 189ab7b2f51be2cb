import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EXTERNAL_METRICS, namespace, registerApi, startIngest, until } from '@activescale/devkit';
import { EVERYWHERE, STAT } from '@activescale/protocol/record';
import { V1BETA2 } from '../../contract/api.ts';
import { type ClusterBench, podsOlderThan, startInCluster } from '../../contract/api-cluster.ts';
import { pod, workload } from '../../contract/cluster-objects.ts';
import { demandRecord, gateway, restRecord } from '../../contract/demand-records.ts';
import { createRoutes, GATEWAY_API } from '../../contract/gateway-api.ts';
import { capture } from './captures.ts';
import { type CliEnv, cliJson, runCli } from './run-cli.ts';
import { autoscaler } from './situations.ts';

// What explain computes for metrics of demand, against what api answers for them.

interface ExplainedMetric {
  readonly value?: number;
  readonly records?: {
    readonly sources: readonly {
      readonly name: string;
      readonly value?: number;
      readonly arithmetic: string;
      readonly code?: string;
    }[];
    readonly total: string;
    readonly code?: string;
  };
  readonly result: { readonly outcome: string; readonly why?: string; readonly code?: string };
}

let bench: ClusterBench;
let env: CliEnv;
before(async () => {
  bench = await startInCluster({ env: { EXTERNAL_METRICS: 'true', METRIC_TTL: '1h' } });
  const { plane, api, valkey } = bench;
  const { admin, ca } = plane;
  await registerApi(admin, { securePort: api.securePort, caBundle: ca.cert, versions: EXTERNAL_METRICS });
  env = { KUBECONFIG: await plane.kubeconfig(), VALKEY_ADDR: valkey.addr, METRIC_TTL: '1h' };
  for (const name of ['shop', 'edge']) await admin.apply(namespace(name));
  await createRoutes(admin);
  for (const name of ['web', 'idle', 'hidden']) {
    const ports = [
      { port: 80, name: 'http' },
      { port: 8080, name: 'admin' },
    ];
    await admin.apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'shop' },
      spec: { ports },
    });
  }
  const metadata = { name: 'checkout', namespace: 'shop' };
  await admin.apply({ apiVersion: `${GATEWAY_API}/v1`, kind: 'HTTPRoute', metadata, spec: {} });
  await admin.apply(workload('Deployment', 'shop', 'web', { app: 'web' }, 1));
  for (const name of ['gw-1', 'gw-2']) await admin.apply(pod('edge', name, { app: 'gateway' }));
  await podsOlderThan(bench, 'edge', 2_000);
  await put();
  const seen = async () =>
    (await admin.request(`${V1BETA2}/namespaces/shop/services/web/demand_requests`)).status === 200;
  await until(seen, { what: 'the demand for web' });
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

const COMMON = { expiry: 3_600_000, slots: [{ length: 5_000 }] } as const;

async function put(): Promise<void> {
  const rejected = [{ length: 5_000, started: 3, reset: 3 }];
  await bench.put(
    demandRecord('service', 'web', gateway('gw-1'), { ...COMMON, active: 3, pending: 1 }),
    demandRecord('service', 'web', gateway('gw-2'), { ...COMMON, port: 'admin', active: 4 }),
    demandRecord('service', 'web', gateway('gone'), { ...COMMON, active: 90 }),
    demandRecord('httproute', 'checkout', gateway('gw-1'), { ...COMMON, slots: rejected }),
    demandRecord('service', 'hidden', gateway('gw-1'), { ...COMMON, sent: STAT.active | STAT.started }),
    restRecord('service', gateway('gw-2'), { ...COMMON, namespace: EVERYWHERE }),
  );
}

const TARGET = { type: 'AverageValue', averageValue: '10' };

function object(name: string, kind: string, metric: object) {
  const apiVersion = kind === 'HTTPRoute' ? `${GATEWAY_API}/v1` : 'v1';
  return { type: 'Object', object: { metric, describedObject: { apiVersion, kind, name }, target: TARGET } };
}

function external(name: string, matchLabels: Readonly<Record<string, string>>) {
  return { type: 'External', external: { metric: { name, selector: { matchLabels } }, target: TARGET } };
}

async function explained(metric: object): Promise<ExplainedMetric> {
  const never = { selectPolicy: 'Disabled' };
  await bench.plane.admin.apply(autoscaler('web', 'shop', [metric], { scaleUp: never, scaleDown: never }));
  await put();
  const { metrics } = await cliJson<{ metrics: ExplainedMetric[] }>(
    ['explain', 'hpa/web', '-n', 'shop'],
    env,
  );
  assert.ok(metrics[0]);
  return metrics[0];
}

const active = { name: 'demand_active_requests' };

test('explain shows the share of each source, and the sum is the value that the HPA reads', async () => {
  const { value, records, result } = await explained(object('web', 'Service', active));
  assert.deepEqual(
    records?.sources.map(({ name, value: share, arithmetic, code }) => [name, share, arithmetic, code]),
    [
      ['edge/gone, port 80', undefined, 'its pod does not exist', 'ASC531'],
      ['edge/gw-1, port 80', 3, 'gauge 3', undefined],
      ['edge/gw-2, port admin', 4, 'gauge 4', undefined],
    ],
  );
  assert.equal(records?.total, 'sum, 2 of 2 records included: 7');
  assert.deepEqual([value, result.outcome], [7, 'proposal']);
  const { stdout } = await runCli(['explain', 'hpa/web', '-n', 'shop'], env);
  assert.match(stdout, /\n {2}SOURCE +VALUE +FROM\n/);
  assert.doesNotMatch(stdout, /no record/, 'the pods of the workload need no proxy');
  await capture('explain-demand', ['explain', 'hpa/web', '-n', 'shop'], env);
});

test('a port and a window are selected as in api', async () => {
  const selected = { ...active, selector: { matchLabels: { port: '8080' } } };
  const ofPort = await explained(object('web', 'Service', selected));
  assert.deepEqual([ofPort.value, ofPort.records?.total], [4, 'sum, 1 of 1 records included: 4']);
  const none = { ...active, selector: { matchLabels: { port: '81' } } };
  const ofNone = await explained(object('web', 'Service', none));
  assert.deepEqual(
    [ofNone.result.outcome, ofNone.records?.total, ofNone.records?.code],
    ['failed', 'Service web has no port 81', 'ASC502'],
  );
});

test('a rejected request keeps demand_requests of a route at 1', async () => {
  const route = await explained(object('checkout', 'HTTPRoute', { name: 'demand_requests' }));
  assert.match(route.records?.sources[0]?.arithmetic ?? '', /^gauge 0, 3 requests rejected \d+\.\d s ago$/);
  assert.equal(route.records?.total, 'sum, 1 of 1 records included, at least 1 after a rejected request: 1');
  assert.equal(route.value, 1);
  const same = await explained(external('demand_requests', { httproute: 'checkout' }));
  assert.deepEqual([same.value, same.records?.total], [1, route.records?.total]);
});

test('a Service that no source mentions is 0 by the proof of a source, and one that does not exist is an error', async () => {
  const idle = await explained(external('demand_requests', { service: 'idle' }));
  assert.deepEqual(
    [idle.value, idle.records?.total],
    [0, 'no live source mentions it: 0, proven by edge/gw-2'],
  );
  const nobody = await explained(object('nobody', 'Service', active));
  assert.deepEqual(
    [nobody.result.outcome, nobody.records?.total, nobody.records?.code],
    ['failed', 'Service nobody does not exist', 'ASC501'],
  );
  const route = await explained(external('demand_requests', { httproute: 'nobody' }));
  assert.deepEqual(
    [route.result.outcome, route.records?.total],
    ['failed', 'HTTPRoute nobody does not exist'],
  );
});

test('a source that hides rejected requests leaves demand_requests without a value, and it is said which stats lack', async () => {
  const hidden = await explained(object('hidden', 'Service', { name: 'demand_requests' }));
  assert.equal(hidden.result.outcome, 'failed');
  assert.match(
    hidden.records?.sources[0]?.arithmetic ?? '',
    /^gauge 0, no request rejected in 90\.0 s, did not send upstream_cx_none_healthy, upstream_rq_pending_overflow, and nothing/,
  );
  assert.equal(hidden.records?.sources[0]?.code, 'ASC521');
  assert.match(hidden.records?.total ?? '', /, 0 of 1 records included, .*: no value$/);
});

/** The code of the result, and that of the values from the records. */
async function codesOf(metric: object): Promise<readonly (string | undefined)[]> {
  const { result, records } = await explained(metric);
  return [result.code, records?.code];
}

test('each reason for a metric without a value has its code', async () => {
  await bench.put(demandRecord('service', 'all', gateway('gw-1'), { ...COMMON, port: '', active: 1 }));
  const { admin } = bench.plane;
  const metadata = { name: 'all', namespace: 'shop' };
  await admin.apply({ apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 8080 }] } });
  const ofPort = { ...active, selector: { matchLabels: { port: '8080' } } };
  assert.deepEqual(await codesOf(object('all', 'Service', ofPort)), ['ASC903', 'ASC532']);
  const unproven = object('checkout-2', 'HTTPRoute', active);
  const route = { name: 'checkout-2', namespace: 'shop' };
  await admin.apply({ apiVersion: `${GATEWAY_API}/v1`, kind: 'HTTPRoute', metadata: route, spec: {} });
  assert.deepEqual(await codesOf(unproven), ['ASC903', 'ASC533']);
  assert.deepEqual(await codesOf(external('demand_requests', { service: 'web', workload: 'web' })), [
    'ASC902',
    undefined,
  ]);
  assert.deepEqual(await codesOf(object('kube-root-ca.crt', 'ConfigMap', { name: 'active_requests' })), [
    'ASC907',
    undefined,
  ]);
  const cpu = { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } };
  assert.deepEqual(await codesOf({ type: 'Resource', resource: cpu }), ['ASC901', undefined]);
});

test('the text shows each code once at its reason, and where codes are described', async () => {
  await explained(object('nobody', 'Service', active));
  const { code, stdout } = await runCli(['explain', 'hpa/web', '-n', 'shop'], env);
  assert.equal(code, 1);
  assert.match(stdout, /^ {2}ASC501 Service nobody does not exist\n {2}=> failed: ASC903 /m);
  assert.match(stdout, /^decision {8}stays at 1: ASC919 no change without a value$/m);
  assert.match(stdout, /\n\ncodes: docs\/findings\.md\n$/);
});

test('after Valkey restarted empty, a Service is not 0 until every source could have pushed again', async () => {
  const { admin } = bench.plane;
  await using _ingest = await startIngest({ VALKEY_ADDR: bench.valkey.addr });
  await bench.valkey.restart();
  // ingest marks the server with the time since which it has kept all records; the test's own mark was 0.
  const isMarked = async () => ((await bench.store.keptSince('shop')) ?? 0) > 0;
  await until(isMarked, { what: 'the mark of ingest', deadline: 30_000 });
  const lost = /Valkey has kept all records for less than METRIC_TTL/;
  const idle = await explained(external('demand_requests', { service: 'idle' }));
  assert.deepEqual([idle.result.code, idle.records?.code], ['ASC903', 'ASC306']);
  assert.match(idle.records?.total ?? '', lost);
  const agrees = async () => {
    const { status, body } = await admin.request(`${V1BETA2}/namespaces/shop/services/idle/demand_requests`);
    return status === 404 && lost.test(body);
  };
  await until(agrees, { what: 'the same reason from api' });
});
