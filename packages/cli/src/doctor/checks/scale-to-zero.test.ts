import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInCatalogue } from '@activescale/metrics';
import { parseLabelSelector } from '@activescale/protocol/kubernetes';
import type { Autoscaler, MetricSpec } from '../../cluster/autoscaler.ts';
import { type ZeroSituation, zeroProblems } from './scale-to-zero.ts';

const TARGET = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const AVERAGE = { type: 'AverageValue', averageValue: '10' };
const SERVICES = new Map([
  ['web', parseLabelSelector('app=web')],
  ['edge', parseLabelSelector('app=edge')],
]);

function object(kind: string, name: string, metric = 'active_requests'): MetricSpec {
  const describedObject = { kind, name };
  return { type: 'Object', object: { describedObject, metric: { name: metric }, target: AVERAGE } };
}

function external(metric: string, matchLabels: Readonly<Record<string, string>>): MetricSpec {
  return {
    type: 'External',
    external: { metric: { name: metric, selector: { matchLabels } }, target: AVERAGE },
  };
}

const PODS: MetricSpec = { type: 'Pods', pods: { metric: { name: 'active_requests' }, target: AVERAGE } };
const EDGE = object('Deployment', 'edge');

interface Case extends Partial<Pick<Autoscaler['spec'], 'minReplicas' | 'behavior'>> {
  readonly metrics?: readonly MetricSpec[];
  readonly replicas?: number;
  /** The status of the condition ScaledToZero. */
  readonly scaledToZero?: 'True' | 'False';
  readonly wakesBy?: ZeroSituation['wakesBy'];
}

function problems({ metrics = [EDGE], replicas = 2, scaledToZero, wakesBy, ...spec }: Case): string[] {
  const condition = { type: 'ScaledToZero', status: scaledToZero ?? '', reason: '' };
  const found = zeroProblems({
    hpa: {
      metadata: { name: 'web', namespace: 'shop' },
      spec: { scaleTargetRef: TARGET, minReplicas: 0, maxReplicas: 9, metrics, ...spec },
      ...(scaledToZero && { status: { conditions: [condition] } }),
    },
    scale: {
      specReplicas: replicas,
      statusReplicas: replicas,
      selector: parseLabelSelector('app=web'),
      object: { group: 'apps', kind: 'Deployment', name: 'web' },
    },
    wakesBy: wakesBy ?? 'ScaledToZero',
    catalogue: builtInCatalogue,
    services: SERVICES,
  });
  return found.map(({ code, problem }) => `${code} ${problem}`);
}

test('an HPA that cannot go to 0 has no problem, whatever its metrics are', () => {
  assert.deepEqual(problems({ minReplicas: 1, metrics: [PODS], replicas: 0 }), []);
});

test('demand, the load of a gateway, a foreign metric or an external one wakes a workload', () => {
  for (const metric of [
    EDGE,
    object('Service', 'edge'),
    object('Service', 'web', 'demand_requests'),
    external('demand_requests', { service: 'web' }),
    object('Namespace', 'shop'),
    object('Deployment', 'web', 'queue_length'),
    external('requests_per_second', { workload: 'edge' }),
    external('requests_per_second', { app: 'edge' }),
    external('queue_length', { workload: 'web' }),
  ])
    assert.deepEqual(problems({ metrics: [PODS, metric] }), [], JSON.stringify(metric));
});

test('the load of the pods themselves does not scale out from 0', () => {
  const own =
    /^ASC412 minReplicas is 0, and active_requests of the pods of Deployment web cannot scale out from 0/;
  assert.match(problems({ metrics: [object('Deployment', 'web')] }).join(), own);
  assert.match(problems({ metrics: [PODS, object('Service', 'web')] }).join(), own);
  assert.match(
    problems({ metrics: [external('Active_Requests', { workload: 'web' })] }).join(),
    /^ASC412 .*cannot scale out/,
  );
});

test('policies that allow no replica at 0 are a problem', () => {
  const scaleUp = (policies: readonly (readonly [string, number])[], selectPolicy = 'Max') => ({
    scaleUp: {
      selectPolicy,
      policies: policies.map(([type, value]) => ({ type, value, periodSeconds: 15 })),
    },
  });
  const none = /^ASC414 .*the policies of scaleUp allow no replica at 0/;
  assert.match(problems({ behavior: scaleUp([['Percent', 900]]) }).join(), none);
  assert.match(
    problems({
      behavior: scaleUp(
        [
          ['Percent', 900],
          ['Pods', 4],
        ],
        'Min',
      ),
    }).join(),
    none,
  );
  assert.match(
    problems({ behavior: scaleUp([['Pods', 4]], 'Disabled') }).join(),
    /^ASC413 .*scaleUp is disabled$/,
  );
  assert.deepEqual(problems({ behavior: scaleUp([['Pods', 1]]) }), []);
  assert.deepEqual(problems({ behavior: { scaleDown: { stabilizationWindowSeconds: 600 } } }), []);
});

test('since Kubernetes 1.36 an HPA is disabled at 0 replicas that it did not decide on', () => {
  const disabled = /^ASC415 Deployment web has 0 replicas, and the HPA did not scale it to 0/;
  assert.match(problems({ replicas: 0 }).join(), disabled);
  assert.match(problems({ replicas: 0, scaledToZero: 'False' }).join(), disabled);
  assert.deepEqual(problems({ replicas: 0, scaledToZero: 'True' }), []);
  assert.deepEqual(problems({ replicas: 0, wakesBy: 'minReplicas' }), []);
});
