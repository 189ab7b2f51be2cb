import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import {
  clusterRole,
  clusterRoleBinding,
  namespace,
  podCount,
  until,
  whyUnavailable,
} from '@activescale/devkit';
import { EVERYWHERE } from '@activescale/protocol/record';
import { type ClusterBench, podsOlderThan, startInCluster } from '../../contract/api-cluster.ts';
import { pod, workload } from '../../contract/cluster-objects.ts';
import { demandRecord, gateway, restRecord } from '../../contract/demand-records.ts';
import type { Report } from './report.ts';
import { type CliEnv, cliJson, runCli } from './run-cli.ts';
import { autoscaler } from './situations.ts';
import { createSoundSystem, recordsOf } from './sound-system.ts';

// The commands that read records, without an address of Valkey: they show the same as with one.

const COMMON = { expiry: 3_600_000, slots: [{ length: 5_000, started: 5, completed: 5 }] } as const;
const MEMBER = { apiGroups: ['activescale.io'], resources: ['*'], verbs: ['get', 'list'] };

let bench: ClusterBench;
let web: string;
let direct: CliEnv;
let through: CliEnv;
before(async () => {
  bench = await startInCluster({ env: { METRIC_TTL: '1h' } });
  const { admin } = bench.plane;
  const pods = await createSoundSystem(admin);
  web = pods[0] ?? '';
  await admin.apply(namespace('edge'));
  await admin.apply(pod('edge', 'gw-1', { app: 'gateway', istio: 'ingressgateway' }));
  await admin.apply({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { ports: [{ port: 80 }] },
  });
  await admin.apply(workload('Deployment', 'shop', 'demand', { app: 'demand' }, 1));
  await podCount(admin, 1, { namespace: 'shop', labelSelector: 'app=demand' });
  await podsOlderThan(bench, 'edge', 2_000);
  await podsOlderThan(bench, 'shop', 2_000);
  await bench.put(
    ...recordsOf(pods, COMMON),
    ...recordsOf([`${web}@10.0.0.9`], { ...COMMON, age: 60_000, active: 7 }),
    demandRecord('service', 'web', gateway('gw-1'), { ...COMMON, active: 3 }),
    demandRecord('service', 'web', { ...gateway('gw-1'), verifiedIp: '10.1.0.7' }, { ...COMMON, age: 9_000 }),
    demandRecord('httproute', 'checkout', gateway('gone'), COMMON),
    restRecord('service', gateway('gw-1'), { ...COMMON, namespace: EVERYWHERE }),
    restRecord('httproute', gateway('gw-1', 'shop'), COMMON),
    { ...COMMON, namespace: 'edge', name: 'gw-1' },
  );
  await bench.store.note('shop', web, 'an Envoy of the application', 3_600_000);
  const describedObject = { apiVersion: 'v1', kind: 'Service', name: 'web' };
  const target = { type: 'AverageValue', averageValue: '10' };
  const object = { metric: { name: 'demand_active_requests' }, describedObject, target };
  const never = { selectPolicy: 'Disabled' };
  const behavior = { scaleUp: never, scaleDown: never };
  await admin.apply(autoscaler('demand', 'shop', [{ type: 'Object', object }], behavior));
  through = { KUBECONFIG: await bench.plane.kubeconfig(), METRIC_TTL: '1h' };
  direct = { ...through, VALKEY_ADDR: bench.valkey.addr };
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

/** What differs between two runs, or is not known through api. */
const VARIABLE = new Set(['age', 'now', 'keys', 'recordSource']);

function steady(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(steady);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => !VARIABLE.has(key));
  return Object.fromEntries(entries.map(([key, each]) => [key, steady(each)]));
}

/**
 * What a command shows from Valkey, and through api. The HPA controller may act between the two: if what is compared differs and
 * Valkey's has changed meanwhile, both are taken again.
 */
async function shownBothWays<T>(command: readonly string[], compared: (shown: T) => unknown) {
  const isSame = (a: T, b: T) => isDeepStrictEqual(compared(a), compared(b));
  const look = async () => {
    const [expected, shown] = [await cliJson<T>(command, direct), await cliJson<T>(command, through)];
    const isSettled = isSame(shown, expected) || isSame(expected, await cliJson<T>(command, direct));
    return isSettled && { expected, shown };
  };
  return until(look, { deadline: 60_000, what: `a cluster that stays as it is during ${command.join(' ')}` });
}

test('explain, inspect and top show the same through api as from Valkey', async () => {
  const commands = [
    ['explain', 'hpa/web', '-n', 'shop'],
    ['explain', 'hpa/demand', '-n', 'shop'],
    ['inspect', 'pod', `shop/${web}`],
    ['inspect', 'service', 'shop/web'],
    ['inspect', 'httproute', 'shop/checkout'],
    ['top', '-n', 'shop'],
    ['top', '-n', 'shop', '--demand'],
    ['top', '-n', 'nothing'],
  ];
  for (const command of commands) {
    const { expected, shown } = await shownBothWays(command, steady);
    assert.deepEqual(steady(shown), steady(expected), command.join(' '));
  }
  const inspected = await cliJson<{ ignored: string; others: string[]; age: number }>(
    ['inspect', 'pod', `shop/${web}`],
    through,
  );
  assert.deepEqual(
    [inspected.ignored, inspected.others],
    ['an Envoy of the application', [`${web}@10.0.0.9`]],
  );
  assert.ok(inspected.age > 0 && inspected.age < 600_000, `${inspected.age} ms`);
});

test('the text says where the records come from, and shows no key that is not known', async () => {
  const explained = await runCli(['explain', 'hpa/web', '-n', 'shop'], through);
  assert.match(explained.stdout, /\nrecords {9}read through api\n/);
  assert.doesNotMatch((await runCli(['explain', 'hpa/web', '-n', 'shop'], direct)).stdout, /\nrecords/);
  const { stdout } = await runCli(['inspect', 'pod', `shop/${web}`], through);
  assert.match(stdout, /\n {2}size +\d+ bytes\n/);
  assert.doesNotMatch(stdout, /activescale:\{/);
  const { code, stderr } = await runCli(['inspect', 'pod', 'shop/nobody'], through);
  assert.deepEqual(
    [code, stderr],
    [1, 'activescale inspect: no record of nobody in shop: the pod has not pushed\n'],
  );
});

test('doctor reads records through api, and skips only what needs Valkey itself', async () => {
  const skipped = ['Valkey', 'clocks'];
  const others = (all: readonly Report[]) => steady(all.filter(({ check }) => !skipped.includes(check)));
  const { expected, shown: reports } = await shownBothWays(['doctor'], others);
  for (const { check, notChecked } of reports)
    assert.equal(notChecked !== undefined, skipped.includes(check), `${check}: ${notChecked}`);
  assert.deepEqual(others(reports), others(expected));
  assert.equal((await runCli(['doctor'], through)).code, 3);
});

test('a user without the right learns which one is missing, and can still explain an HPA', async () => {
  const { admin } = bench.plane;
  await admin.apply(
    clusterRoleBinding('viewer', 'system:aggregate-to-view', { kind: 'User', name: 'viewer' }),
  );
  const metrics = { apiGroups: ['custom.metrics.k8s.io'], resources: ['*'], verbs: ['get', 'list'] };
  await admin.apply(clusterRole('metrics', [metrics]));
  await admin.apply(clusterRoleBinding('metrics', 'metrics', { kind: 'User', name: 'viewer' }));
  const env = { ...through, KUBECONFIG: await bench.plane.kubeconfig({ name: 'viewer' }) };
  const refused =
    /records through api: .*User "viewer" cannot list resource "podrecords" in API group "activescale\.io" in the namespace "shop"; the ClusterRole activescale-records-reader has this right, or set VALKEY_ADDR/;
  for (const command of [
    ['top', '-n', 'shop'],
    ['inspect', 'pod', `shop/${web}`],
  ]) {
    const { code, stdout, stderr } = await runCli(command, env);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, refused);
  }
  const mayExplain = async () => (await runCli(['explain', 'hpa/web', '-n', 'shop'], env)).code === 0;
  await until(mayExplain, { what: 'the rights of viewer', deadline: 30_000, every: 500 });
  const { stdout } = await runCli(['explain', 'hpa/web', '-n', 'shop'], env);
  assert.match(stdout, /\n {2}from the metrics API: /);
  assert.match(stdout.replaceAll('\n', ' '), new RegExp(`records {9}none: ${refused.source}`));
  const reports = await cliJson<Report[]>(['doctor', '-n', 'shop'], env);
  assert.match(reports.find(({ check }) => check === 'records')?.notChecked ?? '', refused);
});

test('a right in one namespace is enough to read it, with the records about every namespace', async () => {
  const { admin } = bench.plane;
  await admin.apply(clusterRole('members', [MEMBER]));
  await admin.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'members', namespace: 'shop' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'members' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'member' }],
  });
  const env = { ...through, KUBECONFIG: await bench.plane.kubeconfig({ name: 'member' }) };
  const command = ['inspect', 'service', 'shop/web'];
  const mayRead = async () => (await runCli(command, env)).code === 0;
  await until(mayRead, { what: 'the right to read', deadline: 30_000, every: 500 });
  assert.deepEqual(steady(await cliJson(command, env)), steady(await cliJson(command, direct)));
  assert.equal((await runCli(['top', '-n', 'edge'], env)).code, 1);
});

test('where api does not serve records, the error says what to apply', async () => {
  const { admin } = bench.plane;
  const name = 'v1alpha1.activescale.io';
  await admin.delete(`/apis/apiregistration.k8s.io/v1/apiservices/${name}`);
  const isGone = async () => (await admin.request('/apis/activescale.io/v1alpha1')).status === 404;
  await until(isGone, { what: 'kube-apiserver to forget the APIService', deadline: 30_000 });
  assert.notEqual(await whyUnavailable(admin, name).catch(() => 'gone'), undefined);
  const { code, stderr } = await runCli(['top', '-n', 'shop'], through);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^activescale top: records through api: the cluster does not serve activescale\.io\/v1alpha1: apply deploy\/base\/api\/api-services\.yaml, or set VALKEY_ADDR/,
  );
});
