import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { deployment } from '@activescale/devkit';
import { createRandom } from '../e2e/cli/situations.ts';
import {
  type Demand,
  followingHpa,
  replicasOf,
  serviceOf,
  startZeroBench,
  type ZeroBench,
} from '../e2e/hpa/zero-bench.ts';

// Generated states of HPAs at 0 replicas: what explain predicts, against what the newest controller does.

const HPAS = '/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers';
const COUNT = 16;

interface Case {
  readonly minReplicas: number;
  /** The status of the condition; undefined: there is none. */
  readonly scaledToZero: 'True' | 'False' | undefined;
  readonly demand: Demand;
  readonly types: readonly ('Object' | 'Pods')[];
  readonly percentOnly: boolean;
}

function generate(random: () => number): Case {
  const pick = <T>(...values: readonly T[]) => values[Math.floor(random() * values.length)] as T;
  const minReplicas = pick(0, 0, 1, 3);
  const types = pick(['Object'] as const, ['Pods', 'Object'] as const, ['Pods'] as const);
  return {
    minReplicas,
    scaledToZero: pick('True', 'True', 'False', undefined),
    demand: pick<Demand>(0, 1, 25, 'one rejected', 'unknown'),
    // kube-apiserver refuses to scale to 0 by Pods alone.
    types: minReplicas === 0 && !types.some((type) => type === 'Object') ? ['Object'] : types,
    percentOnly: random() < 0.2,
  };
}

function hpaOf(name: string, { minReplicas, types, percentOnly }: Case) {
  const target = { type: 'AverageValue', averageValue: '10' };
  const describedObject = { apiVersion: 'v1', kind: 'Service', name };
  const metrics = types.map((type) =>
    type === 'Object'
      ? { type, object: { metric: { name: 'demand_requests' }, describedObject, target } }
      : { type, pods: { metric: { name: 'active_requests' }, target } },
  );
  const policies = [{ type: percentOnly ? 'Percent' : 'Pods', value: 100, periodSeconds: 15 }];
  return followingHpa(name, { minReplicas, metrics, behavior: { scaleUp: { policies } } });
}

let zero: ZeroBench;
before(async () => {
  zero = await startZeroBench({ kubernetes: 'newest' });
});
after(() => zero?.[Symbol.asyncDispose]());

test(`explain predicts what the HPA does at 0 replicas in ${COUNT} generated states`, {
  timeout: 480_000,
}, async (t) => {
  const { admin, controllerManager } = zero.bench.plane;
  const random = createRandom(3);
  const cases = new Map(
    Array.from({ length: COUNT }, (_, i) => [`z${String(i).padStart(2, '0')}`, generate(random)]),
  );
  const predicted = new Map<string, number>();
  controllerManager.kill('SIGSTOP');
  try {
    for (const [name, each] of cases) {
      await admin.apply(deployment(name, 'shop', 0));
      await admin.apply(serviceOf(name));
      await admin.apply(hpaOf(name, each));
      const { scaledToZero: status } = each;
      const condition = { type: 'ScaledToZero', status, reason: status === 'True' ? 'ScaledToZero' : 'Not' };
      if (status !== undefined)
        await admin.patch(`${HPAS}/${name}/status`, { status: { conditions: [condition] } });
      if (each.demand !== 'unknown') await zero.setDemand(name, each.demand);
    }
    for (const name of cases.keys()) {
      const { low, high } = (await zero.explain(name)).decision.range;
      assert.equal(low, high, name);
      predicted.set(name, low);
    }
  } finally {
    controllerManager.kill('SIGCONT');
  }
  await Promise.all([...cases.keys()].map((name) => zero.keepsDeciding(name)));
  const differ: string[] = [];
  for (const [name, each] of cases) {
    const [real, ours] = [await replicasOf(zero, name), predicted.get(name)];
    t.diagnostic(`${name}: ${real} ${JSON.stringify(each)}`);
    if (real !== ours) differ.push(`${name}: ${real}, explain ${ours}: ${JSON.stringify(each)}`);
  }
  assert.deepEqual(differ, []);
  assert.deepEqual([...new Set(predicted.values())].sort(), [0, 1, 3]);
});
