import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { clusterRole, clusterRoleBinding, until } from '@activescale/devkit';
import type { StoredPod } from '../../contract/api.ts';
import { capture } from './captures.ts';
import {
  compare,
  type ExplainBench,
  type Explained,
  holdSituations,
  type Range,
  SHOP,
  startExplainBench,
} from './explain-bench.ts';
import { cliJson } from './run-cli.ts';
import { autoscaler, createRandom, FLUSH_MS, generate, type Situation } from './situations.ts';
import { enact } from './workloads.ts';

// What explain predicts, against what the real HPA controller says at verbosity 4: what it wants before its limits.

const SITUATIONS = 20;

let of: ExplainBench;
before(async () => {
  of = await startExplainBench();
});
after(async () => {
  await of?.[Symbol.asyncDispose]();
});

test(`explain predicts what the HPA wants in ${SITUATIONS} generated situations, exactly`, {
  timeout: 1_200_000,
}, async (t) => {
  const random = createRandom(7);
  const situations = Array.from({ length: SITUATIONS }, (_, i) => generate(`w${i}`, random));
  using _held = await holdSituations(of, situations);
  const { differ, explained } = await compare(of, situations, (text) => t.diagnostic(text));
  assert.deepEqual(differ, []);
  assert.deepEqual([...new Set(explained.flatMap(kindsOf))].sort(), KINDS);
  await t.test('explain fits into terminals of 44, 80 and 160 columns, and nothing is cut', async () => {
    for (const name of ['w0', 'w1'])
      await capture(`explain-${name}`, ['explain', `hpa/${name}`, '-n', SHOP], of.env);
  });
});

/** What must have come up at least once, or the situations show too little. */
const KINDS = [
  'a failed metric',
  'a pending pod',
  'a recommendation',
  'a terminating pod',
  'against the direction',
  'all failed',
  'missing pods',
  'several metrics',
  'tolerance',
].sort();

function kindsOf({ pods, metrics, recommendation }: Explained): string[] {
  const steps = metrics.flatMap((metric) => metric.steps ?? []).join('\n');
  const kinds: [string, boolean][] = [
    ['a failed metric', metrics.some(({ result }) => result.outcome === 'failed')],
    ['a pending pod', pods.some(({ phase }) => phase === 'Pending')],
    ['a recommendation', recommendation?.outcome === 'replicas'],
    ['a terminating pod', pods.some(({ deleting }) => deleting)],
    ['against the direction', /direction/.test(steps)],
    ['all failed', recommendation?.outcome === 'failed'],
    ['missing pods', /without a value/.test(steps)],
    ['several metrics', metrics.length > 1],
    ['tolerance', /within the tolerance/.test(steps)],
  ];
  return kinds.flatMap(([kind, holds]) => (holds ? [kind] : []));
}

test('a user without access to records gets the values of the metrics API, and the same prediction', async () => {
  const { admin } = of.bench.plane;
  const person = { kind: 'User', name: 'watcher' } as const;
  const rules = [
    { apiGroups: ['custom.metrics.k8s.io', 'external.metrics.k8s.io'], resources: ['*'], verbs: ['*'] },
  ];
  await admin.apply(clusterRole('metrics', rules));
  for (const role of ['metrics', 'system:aggregate-to-view'])
    await admin.apply(clusterRoleBinding(`watcher-${role}`, role, person));
  const KUBECONFIG = await of.bench.plane.kubeconfig({ name: person.name });
  const { VALKEY_ADDR: _, ...without } = of.env;
  const name = 'w0';
  const full = await of.explain(name);
  const less = await cliJson<Explained>(['explain', `hpa/${name}`, '-n', SHOP], { ...without, KUBECONFIG });
  assert.deepEqual(less.recommendation, full.recommendation);
  assert.ok(full.pods.some(({ requests }) => requests !== undefined));
  assert.ok(less.pods.every(({ requests }) => requests === undefined));
});

test('a user without access to the metrics of the HPA gets the same values from the records', async () => {
  const { admin } = of.bench.plane;
  const person = { kind: 'User', name: 'reader' } as const;
  // What the controller manager puts together as the ClusterRole view.
  await admin.apply(clusterRoleBinding('reader', 'system:aggregate-to-view', person));
  const KUBECONFIG = await of.bench.plane.kubeconfig({ name: person.name });
  const full = await of.explain('w0');
  const reader = await cliJson<Explained>(['explain', 'hpa/w0', '-n', SHOP], { ...of.env, KUBECONFIG });
  assert.deepEqual(reader.recommendation, full.recommendation);
  assert.deepEqual(
    [full, reader].map(({ metrics }) => metrics[0]?.from),
    ['metrics API', 'records'],
  );
  const { VALKEY_ADDR: _, ...withoutRecords } = of.env;
  const little = await cliJson<Explained>(['explain', 'hpa/w0', '-n', SHOP], {
    ...withoutRecords,
    KUBECONFIG,
  });
  assert.deepEqual(
    [little.metrics[0]?.result.outcome, little.metrics[0]?.result.code],
    ['unknown', 'ASC904'],
  );
});

const UP = { type: 'Pods', value: 2, periodSeconds: 60 };
const BEHAVIORS: readonly { readonly name: string; readonly factor: number; readonly behavior?: object }[] = [
  { name: 'r-free-up', factor: 3, behavior: { scaleUp: { policies: [{ ...UP, value: 50 }] } } },
  { name: 'r-pods-up', factor: 3, behavior: { scaleUp: { policies: [UP] } } },
  {
    name: 'r-percent-up',
    factor: 3,
    behavior: { scaleUp: { policies: [{ ...UP, type: 'Percent', value: 30 }] } },
  },
  { name: 'r-slow-up', factor: 3, behavior: { scaleUp: { stabilizationWindowSeconds: 60 } } },
  { name: 'r-default-up', factor: 5 },
  { name: 'r-default-down', factor: 0.3 },
  { name: 'r-free-down', factor: 0.3, behavior: { scaleDown: { stabilizationWindowSeconds: 0 } } },
  {
    name: 'r-pods-down',
    factor: 0.3,
    behavior: {
      scaleDown: { stabilizationWindowSeconds: 0, policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] },
    },
  },
];

test('the decision of the HPA is in the range of explain, and equal to it if no history matters', {
  timeout: 300_000,
}, async (t) => {
  const { admin, controllerManager } = of.bench.plane;
  const pod = { phase: 'Running', ready: true, deleted: false } as const;
  const records: StoredPod[] = [];
  for (const { name, factor } of BEHAVIORS) {
    const record = { active: 10 * factor, flushLength: FLUSH_MS };
    const situation: Situation = {
      name,
      metrics: [],
      pods: Array.from({ length: 4 }, () => ({ ...pod, record })),
    };
    records.push(...(await enact(admin, SHOP, situation)));
  }
  await of.bench.put(...records);
  await controllerManager.stop();
  const target = { type: 'AverageValue', averageValue: '10' };
  const metrics = [{ type: 'Pods', pods: { metric: { name: 'active_requests' }, target } }];
  for (const { name, behavior } of BEHAVIORS) await admin.apply(autoscaler(name, SHOP, metrics, behavior));
  const allowed = new Map<string, Range>();
  for (const { name } of BEHAVIORS) {
    const { decision } = await of.explain(name);
    allowed.set(name, decision.range);
  }
  await controllerManager.restart();
  for (const { name } of BEHAVIORS) {
    const looked = async () => (await of.isActive(name)) === true;
    await until(looked, { what: `the HPA ${name} to be looked at`, deadline: 60_000, every: 50 });
    const { desiredReplicas = -1 } = (await of.autoscaler(name)).status ?? {};
    const { low = 0, high = 0 } = allowed.get(name) ?? {};
    t.diagnostic(`${name}: ${low} to ${high} allowed, ${desiredReplicas} it was`);
    assert.ok(low <= desiredReplicas && desiredReplicas <= high, `${name}: ${desiredReplicas}`);
  }
  const exact = [...allowed].filter(([, { low, high }]) => low === high).map(([name]) => name);
  assert.deepEqual(exact, [
    'r-free-up',
    'r-pods-up',
    'r-percent-up',
    'r-default-up',
    'r-free-down',
    'r-pods-down',
  ]);
});
