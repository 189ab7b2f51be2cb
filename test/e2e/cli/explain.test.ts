import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { clusterRoleBinding, EXTERNAL_METRICS, namespace, registerApi, until } from '@activescale/devkit';
import type { StoredPod } from '../../contract/api.ts';
import { type ClusterBench, podsOlderThan, startInCluster } from '../../contract/api-cluster.ts';
import { capture } from './captures.ts';
import { type CliEnv, cliJson } from './run-cli.ts';
import {
  autoscaler,
  createRandom,
  FLUSH_MS,
  generate,
  type Situation,
  STALE_MS,
  TTL_MS,
  watchingAutoscaler,
} from './situations.ts';
import { enact, settled } from './workloads.ts';

// What explain predicts, against what the real HPA controller says at verbosity 4: what it wants before its limits.

const SHOP = 'shop';
const SITUATIONS = 20;

interface Range {
  readonly low: number;
  readonly high: number;
}

interface Explained {
  readonly specReplicas: number;
  readonly pods: readonly {
    readonly phase: string;
    readonly deleting: boolean;
    readonly requests?: object;
  }[];
  readonly metrics: readonly {
    readonly from?: string;
    readonly steps?: readonly string[];
    readonly result: { readonly outcome: string };
  }[];
  readonly recommendation?: { readonly outcome: string; readonly range?: Range };
  readonly decision: { readonly range: Range };
}

let bench: ClusterBench;
let env: CliEnv;
before(async () => {
  bench = await startInCluster({
    env: { EXTERNAL_METRICS: 'true', METRIC_TTL: `${TTL_MS}ms` },
    controllerManagerArgs: ['--vmodule=horizontal=4'],
  });
  const { plane, api, valkey } = bench;
  const { admin, ca } = plane;
  await registerApi(admin, {
    securePort: api.securePort,
    caBundle: ca.cert,
    versions: EXTERNAL_METRICS,
  });
  await admin.apply(namespace(SHOP));
  env = { KUBECONFIG: await plane.kubeconfig(), VALKEY_ADDR: valkey.addr, METRIC_TTL: `${TTL_MS}ms` };
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

/** What the controller last wanted for a Deployment. */
function proposals(name: string): number[] {
  const line = new RegExp(
    `"Proposing desired replicas" .*desiredReplicas=(\\d+) .*scaleTarget="Deployment/${SHOP}/${name}"`,
    'g',
  );
  return [...bench.plane.controllerManager.logs().matchAll(line)].map(([, replicas]) => Number(replicas));
}

interface Hpa {
  readonly status?: {
    readonly desiredReplicas?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

async function autoscalerOf(name: string): Promise<Hpa> {
  const path = `/apis/autoscaling/v2/namespaces/${SHOP}/horizontalpodautoscalers/${name}`;
  return bench.plane.admin.get<Hpa>(path);
}

/** Whether the controller could make something of the metrics; undefined: it has not looked yet. */
async function active(name: string): Promise<boolean | undefined> {
  const { status } = await autoscalerOf(name);
  const condition = status?.conditions?.find(({ type }) => type === 'ScalingActive');
  return condition && condition.status === 'True';
}

test(`explain predicts what the HPA wants in ${SITUATIONS} generated situations, exactly`, {
  timeout: 600_000,
}, async (t) => {
  const { admin } = bench.plane;
  const random = createRandom(7);
  const situations = Array.from({ length: SITUATIONS }, (_, i) => generate(`w${i}`, random));
  const records: StoredPod[] = [];
  for (const situation of situations) records.push(...(await enact(admin, SHOP, situation)));
  for (const situation of situations) {
    const what = `the pods of ${situation.name} to settle`;
    await until(() => settled(admin, SHOP, situation), { what, deadline: 60_000, every: 200 });
  }
  await podsOlderThan(bench, SHOP, STALE_MS);
  // Held ones are held for half a minute only.
  await bench.put(...records);
  const holding = setInterval(() => void bench.put(...records), 5_000);
  try {
    for (const situation of situations) await admin.apply(watchingAutoscaler(situation, SHOP));
    for (const { name } of situations) {
      const looked = async () => (await active(name)) !== undefined;
      await until(looked, { what: `the HPA ${name} to be looked at`, deadline: 60_000, every: 200 });
    }
    const seen = new Set<string>();
    const differ: string[] = [];
    for (const { name } of situations) {
      const explained = await cliJson<Explained>(['explain', `hpa/${name}`, '-n', SHOP], env);
      const predicted = explained.recommendation;
      const real = (await active(name)) ? proposals(name).at(-1) : 'failed';
      const ours = predicted?.outcome === 'replicas' ? predicted.range : { low: 'failed', high: 'failed' };
      if (ours?.low !== real || ours?.high !== real) {
        differ.push(`${name}: the HPA ${real}, explain ${JSON.stringify(predicted)}`);
      }
      for (const kind of kindsOf(explained)) seen.add(kind);
      t.diagnostic(`${name}: ${explained.specReplicas} -> ${real}`);
    }
    assert.deepEqual(differ, []);
    assert.deepEqual([...seen].sort(), KINDS);
    await t.test('explain fits into terminals of 44, 80 and 160 columns, and nothing is cut', async () => {
      for (const name of ['w0', 'w1'])
        await capture(`explain-${name}`, ['explain', `hpa/${name}`, '-n', SHOP], env);
    });
  } finally {
    clearInterval(holding);
  }
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

test('without Valkey explain takes the values of the metrics API and predicts the same', async () => {
  const { VALKEY_ADDR: _, ...without } = env;
  const name = 'w0';
  const full = await cliJson<Explained>(['explain', `hpa/${name}`, '-n', SHOP], env);
  const less = await cliJson<Explained>(['explain', `hpa/${name}`, '-n', SHOP], without);
  assert.deepEqual(less.recommendation, full.recommendation);
  assert.ok(full.pods.some(({ requests }) => requests !== undefined));
  assert.ok(less.pods.every(({ requests }) => requests === undefined));
});

test('who may not read the metrics that the HPA reads gets the same out of the records', async () => {
  const { admin } = bench.plane;
  const person = { kind: 'User', name: 'reader' } as const;
  // What the controller manager puts together as the ClusterRole view.
  await admin.apply(clusterRoleBinding('reader', 'system:aggregate-to-view', person));
  const KUBECONFIG = await bench.plane.kubeconfig({ name: person.name });
  const full = await cliJson<Explained>(['explain', 'hpa/w0', '-n', SHOP], env);
  const reader = await cliJson<Explained>(['explain', 'hpa/w0', '-n', SHOP], { ...env, KUBECONFIG });
  assert.deepEqual(reader.recommendation, full.recommendation);
  assert.deepEqual(
    [full, reader].map(({ metrics }) => metrics[0]?.from),
    ['metrics API', 'records'],
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

test('what the HPA does lies within what explain allows it, and is it where no history matters', {
  timeout: 300_000,
}, async (t) => {
  const { admin, controllerManager } = bench.plane;
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
  await bench.put(...records);
  await controllerManager.stop();
  const target = { type: 'AverageValue', averageValue: '10' };
  const metrics = [{ type: 'Pods', pods: { metric: { name: 'active_requests' }, target } }];
  for (const { name, behavior } of BEHAVIORS) await admin.apply(autoscaler(name, SHOP, metrics, behavior));
  const allowed = new Map<string, Range>();
  for (const { name } of BEHAVIORS) {
    const { decision } = await cliJson<Explained>(['explain', `hpa/${name}`, '-n', SHOP], env);
    allowed.set(name, decision.range);
  }
  await controllerManager.restart();
  for (const { name } of BEHAVIORS) {
    const looked = async () => (await active(name)) === true;
    await until(looked, { what: `the HPA ${name} to be looked at`, deadline: 60_000, every: 50 });
    const { desiredReplicas = -1 } = (await autoscalerOf(name)).status ?? {};
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
