import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  clusterRole,
  clusterRoleBinding,
  EXTERNAL_METRICS,
  namespace,
  registerApi,
  role,
  roleBinding,
  runPods,
} from '@activescale/devkit';
import { ALL_STATS, EVERYWHERE, STAT } from '@activescale/protocol/record';
import { type ClusterBench, startInCluster } from '../../contract/api-cluster.ts';
import { pod, workload } from '../../contract/cluster-objects.ts';
import { demandRecord, gateway, restRecord } from '../../contract/demand-records.ts';
import { SETTINGS } from './faults.ts';
import type { Report } from './report.ts';
import { type CliEnv, cliJson } from './run-cli.ts';
import { autoscaler } from './situations.ts';
import { createSoundSystem, recordsOf } from './sound-system.ts';

// A workload without proxies in its pods, scaled by the demand that two gateways report, and what may be wrong with it.

const PLAIN = 'plain';
const GATEWAY_NAME = 'gateway.networking.k8s.io/gateway-name';
const CONTOUR_GATEWAY_NAME = 'projectcontour.io/owning-gateway-name';
/** Of Istio or Envoy Gateway, and of Contour. */
const LABELS = {
  'gw-1': { [GATEWAY_NAME]: 'gw' },
  'gw-2': { [CONTOUR_GATEWAY_NAME]: 'gw' },
};
const GATEWAYS = Object.keys(LABELS);
const LIFE = { expiry: 3_600_000 } as const;

let bench: ClusterBench;
let env: CliEnv;
before(async () => {
  bench = await startInCluster({ env: { METRIC_TTL: '1h', EXTERNAL_METRICS: 'true' } });
  const { plane, api, valkey } = bench;
  const { admin, ca } = plane;
  await registerApi(admin, { securePort: api.securePort, caBundle: ca.cert, versions: EXTERNAL_METRICS });
  env = { KUBECONFIG: await plane.kubeconfig(), VALKEY_ADDR: valkey.addr, METRIC_TTL: '1h' };
  await bench.put(...recordsOf(await createSoundSystem(admin)));
  await admin.apply(namespace('edge'));
  await admin.patch(SETTINGS, { data: { EXTERNAL_METRICS: 'true' } });
  const spec = { ports: [{ port: 80 }], selector: { app: PLAIN } };
  const metadata = { name: PLAIN, namespace: 'shop' };
  await admin.apply({ apiVersion: 'v1', kind: 'Service', metadata, spec });
  await admin.apply(workload('Deployment', 'shop', PLAIN, { app: PLAIN }, 1));
  for (const [name, own] of Object.entries(LABELS))
    await admin.apply(pod('edge', name, { tier: 'edge', ...own }));
  await runPods(admin, { namespace: 'edge', labelSelector: 'tier=edge' });
  await report();
  await scaleBy(object('demand_requests'));
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

/** What the gateways' own load and the demand for the Service look like to ingest. */
async function report(fields: Partial<Parameters<typeof demandRecord>[3]> = {}): Promise<void> {
  await bench.put(
    ...GATEWAYS.map((name) => ({ ...LIFE, name, namespace: 'edge', proxy: 'router' as const })),
    ...GATEWAYS.map((name) =>
      demandRecord('service', PLAIN, gateway(name), { ...LIFE, active: 1, ...fields }),
    ),
  );
}

/** Nothing is known of the Service any more. */
async function forget(): Promise<void> {
  await report({ expiry: 1 });
}

const TARGET = { type: 'AverageValue', averageValue: '10' };

function object(name: string, kind = 'Service', of = PLAIN, matchLabels?: Readonly<Record<string, string>>) {
  const apiVersion = kind === 'Deployment' ? 'apps/v1' : 'v1';
  const metric = { name, ...(matchLabels && { selector: { matchLabels } }) };
  return {
    type: 'Object',
    object: { metric, describedObject: { apiVersion, kind, name: of }, target: TARGET },
  };
}

function external(matchLabels: Readonly<Record<string, string>>) {
  const metric = { name: 'demand_requests', selector: { matchLabels } };
  return { type: 'External', external: { metric, target: TARGET } };
}

async function scaleBy(...metrics: readonly object[]): Promise<void> {
  const never = { selectPolicy: 'Disabled' };
  const hpa = autoscaler(PLAIN, 'shop', metrics, { scaleUp: never, scaleDown: never });
  const spec = {
    ...(hpa.spec as object),
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: PLAIN },
  };
  await bench.plane.admin.apply({ ...hpa, spec });
}

/** `check code: problem` of each finding, but for those of another installation's parts. */
async function problems(more: CliEnv = {}): Promise<string[]> {
  const reports = await cliJson<Report[]>(['doctor'], { ...env, ...more });
  return reports.flatMap(({ check, findings }) =>
    findings.map(({ code, problem }) => `${check} ${code}: ${problem}`),
  );
}

/** A user who may list what doctor lists, except the pods of all namespaces. */
async function ofShopAlone(): Promise<string> {
  const { admin } = bench.plane;
  const rules = [
    { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: ['list'] },
    {
      apiGroups: ['apps'],
      resources: ['deployments', 'deployments/scale', 'replicasets'],
      verbs: ['get', 'list'],
    },
    { apiGroups: [''], resources: ['services', 'configmaps'], verbs: ['get', 'list'] },
  ];
  await admin.apply(clusterRole('autoscalers', rules));
  await admin.apply(clusterRoleBinding('autoscalers', 'autoscalers', { kind: 'User', name: 'autoscalers' }));
  const pods = [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }];
  await admin.apply(role('pods', 'shop', pods));
  await admin.apply(roleBinding('pods', 'shop', 'pods', { kind: 'User', name: 'autoscalers' }));
  return bench.plane.kubeconfig({ name: 'autoscalers' });
}

test('a workload whose Service has demand needs neither sidecars nor records of its pods', async () => {
  await scaleBy(object('demand_requests'), external({ service: PLAIN, port: '80' }));
  assert.deepEqual(await problems(), []);
});

test('a source that hides rejected requests is found once, whatever the number of metrics', async () => {
  await scaleBy(object('demand_requests'), external({ service: PLAIN }));
  await report({ sent: ALL_STATS & ~STAT.reset, filterShown: true });
  const found = await problems();
  await report();
  assert.equal(found.length, 1, found.join('\n'));
  assert.match(
    found[0] ?? '',
    /^demand ASC521: demand_requests: 2 of 2 sources, such as edge\/gw-1, port 80: its stats filter drops upstream_cx_none_healthy/,
  );
});

test('a Service without requests is found if a gateway that may have some is silent', async () => {
  await scaleBy(object('demand_requests'));
  const [live, silent] = GATEWAYS.map((name) => gateway(name));
  assert.ok(live && silent);
  const idle = (source: typeof live, expiry: number) =>
    demandRecord('service', PLAIN, source, { active: 0, slots: [{}], expiry });
  await bench.put(idle(live, 3_600_000), idle(silent, 1));
  const found = await problems();
  await report();
  assert.equal(found.length, 1, found.join('\n'));
  assert.match(
    found[0] ?? '',
    /^demand ASC534: no source reports a request to Service plain, but edge\/gw-2 exists, is stale and may have some/,
  );
});

test('a Service that no source reports is found, with what the gateways report instead', async () => {
  await scaleBy(object('demand_requests'));
  await forget();
  assert.match(
    (await problems()).join('\n'),
    /^demand ASC516: no live source reports Service plain, .*: each of 2 gateways, such as edge\/gw-1, pushes its own load, but has reported no destination$/,
  );
  const rest = (place: string, expiry = 3_600_000) =>
    bench.put(...GATEWAYS.map((name) => restRecord('service', gateway(name), { namespace: place, expiry })));
  await rest('edge');
  assert.match((await problems()).join('\n'), /^demand ASC513: .* may report only its own namespace$/);
  await rest(EVERYWHERE);
  assert.deepEqual(await problems(), []);
  await rest('edge', 1);
  await rest(EVERYWHERE, 1);
  await report();
});

test('a destination that does not exist, a port that it lacks and an object without demand are found', async () => {
  const cases: readonly (readonly [object, RegExp])[] = [
    [
      object('demand_requests', 'Service', 'nobody'),
      /^HPAs ASC501: .* is of Service nobody, which does not exist$/,
    ],
    [object('demand_requests', 'Service', PLAIN, { port: '81' }), /^HPAs ASC502: .* which has no port 81$/],
    [
      object('demand_requests', 'Deployment'),
      /^HPAs ASC503: .* is of Deployment plain, but only Services and routes/,
    ],
    [
      external({ service: PLAIN, workload: PLAIN }),
      /^HPAs ASC504: the selector of its metric demand_requests is invalid: /,
    ],
    [external({ httproute: PLAIN }), /^HPAs ASC501: .* is of HTTPRoute plain, which does not exist$/],
  ];
  for (const [metric, problem] of cases) {
    await scaleBy(metric);
    const found = await problems();
    assert.equal(found.length, 1, found.join('\n'));
    assert.match(found[0] ?? '', problem);
  }
});

test('a DEMAND_HOLD that is shorter than the sync period of the HPA is found', async () => {
  await scaleBy(object('demand_requests'));
  await bench.plane.admin.patch(SETTINGS, { data: { DEMAND_HOLD: '5s' } });
  const found = await problems();
  await bench.plane.admin.patch(SETTINGS, { data: { DEMAND_HOLD: null } });
  assert.match(
    found.join('\n'),
    /^demand ASC522: DEMAND_HOLD is 5s, and the HPA reads metrics every 15\.0 s/,
  );
  assert.deepEqual(await problems(), []);
});

test('doctor names the cause if no source reports a Service: a setting of ingest, or what the gateways push', async () => {
  const { admin } = bench.plane;
  await scaleBy(object('demand_requests'));
  await forget();
  // The indexes still list what the others have reported, so only a new gateway pushes.
  const push = (names: readonly string[], expiry: number) =>
    bench.put(...names.map((name) => ({ name, namespace: 'edge', proxy: 'router' as const, expiry })));
  await admin.apply(pod('edge', 'gw-3', { [GATEWAY_NAME]: 'gw' }));
  await runPods(admin, { namespace: 'edge', labelSelector: GATEWAY_NAME });
  await push(GATEWAYS, 1);
  await push(['gw-3'], LIFE.expiry);
  const rest = (kind: 'service' | 'httproute', provenZero: number) =>
    bench.put(restRecord(kind, gateway('gw-3'), { ...LIFE, namespace: EVERYWHERE, provenZero }));
  const found = async (code: string, problem: RegExp, more: CliEnv = {}) => {
    const [first = '', ...others] = await problems(more);
    assert.deepEqual(others, [], code);
    assert.ok(first.startsWith(`demand ${code}: `), `${code}: ${first}`);
    assert.match(first, problem);
  };
  await admin.patch(SETTINGS, { data: { DEMAND_FROM: 'off' } });
  await found('ASC511', /ingest stores no demand \(DEMAND_FROM=off\)$/);
  await admin.patch(SETTINGS, { data: { DEMAND_FROM: null } });
  await rest('httproute', ALL_STATS);
  await found('ASC515', /: edge\/gw-3 reports destinations of another kind \(httproute\)$/);
  await rest('service', STAT.active);
  await found('ASC514', /: edge\/gw-3 does not send a stat that the metric needs$/);
  await found('ASC512', /: the gateways are unknown$/, { KUBECONFIG: await ofShopAlone() });
  await push(['gw-3'], 1);
  await found('ASC517', /: each of 3 gateways, such as edge\/gw-1, does not push$/);
  for (const name of [...GATEWAYS, 'gw-3'])
    await admin.patch(`/api/v1/namespaces/edge/pods/${name}`, {
      metadata: { labels: { [GATEWAY_NAME]: null, [CONTOUR_GATEWAY_NAME]: null } },
    });
  await found('ASC518', /: no gateway or waypoint was found$/);
});
