import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { deployment, type KubeObject, listPods, namespace, startIngest, until } from '@activescale/devkit';
import { startInCluster } from '../../contract/api-cluster.ts';
import { startFleet } from './fleet.ts';
import { followStory } from './story.ts';

// The real HPA controller scales a Deployment from what real Envoys push. 10 requests in flight are one replica's share.

const SHARE = '10';
/** Scaling in waits so long for more load: also for requests that are on their way from one pod to another. In s. */
const STABILIZATION_S = 15;

function hpa(metric: object): KubeObject {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 2,
      maxReplicas: 10,
      metrics: [metric],
      behavior: { scaleDown: { stabilizationWindowSeconds: STABILIZATION_S } },
    },
  };
}

const target = { type: 'AverageValue', averageValue: SHARE };
const BY_PODS = hpa({ type: 'Pods', pods: { metric: { name: 'active_requests' }, target } });
const BY_OBJECT = hpa({
  type: 'Object',
  object: {
    metric: { name: 'active_requests' },
    describedObject: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    target,
  },
});

/** Pods stay for a while after they are deleted, as with a real kubelet. */
function web(revision: string): KubeObject {
  const object = deployment('web', 'shop', 2);
  const spec = object.spec as { template: { metadata: object }; replicas?: number };
  const metadata = {
    ...spec.template.metadata,
    annotations: { revision },
    finalizers: ['example.com/terminating'],
  };
  // As long as a new pod needs until its proxy has pushed.
  return { ...object, spec: { ...spec, minReadySeconds: 3, template: { ...spec.template, metadata } } };
}

test('the HPA scales out and in by Pods and by Object, holds while the metric is away, and is not misled by a rollout', {
  timeout: 480_000,
}, async (t) => {
  await using bench = await startInCluster({ env: { METRIC_TTL: '4s' } });
  const { plane, valkey } = bench;
  const { admin } = plane;
  const env = { VALKEY_ADDR: valkey.addr, METRIC_TTL: '4s' };
  let ingest = await startIngest(env);
  try {
    await admin.apply(namespace('shop'));
    await admin.apply(web('one'));
    await using story = followStory(admin, 'shop', 'web', 'hpa.log');
    await using fleet = await startFleet({ plane, namespace: 'shop', app: 'web', sinkPort: ingest.grpcPort });
    await until(() => fleet.size() === 2, { what: 'two pods', deadline: 30_000 });

    story.step('type Pods, 14 requests on 2 replicas');
    fleet.setRequests(14);
    await admin.apply(BY_PODS);
    await story.condition('ScalingActive', 'True', 'ValidMetricFound');
    await sleep(6_000);
    assert.deepEqual(story.replicasSinceStep(), [2]);

    story.step('60 requests');
    const began = performance.now();
    fleet.setRequests(60);
    await story.becomes(6);
    t.diagnostic(`6 replicas ${Math.round(performance.now() - began)} ms after the load began`);
    await until(() => fleet.size() === 6, { what: 'six pods', deadline: 30_000 });
    await sleep(8_000);
    assert.deepEqual(story.replicasSinceStep(), [2, 6]);

    story.step('a rollout');
    await admin.patch('/apis/apps/v1/namespaces/shop/deployments/web', {
      spec: { template: { metadata: { annotations: { revision: 'two' } } } },
    });
    const rolledOut = async () => {
      const pods = await listPods(admin, { namespace: 'shop', labelSelector: 'app=web' });
      const revisions = pods.map(({ metadata }) => (metadata.annotations as Record<string, string>).revision);
      return pods.length === 6 && revisions.every((revision) => revision === 'two');
    };
    await until(rolledOut, { what: 'the rollout to end', deadline: 90_000, every: 200 });
    await sleep(8_000);
    assert.deepEqual(story.replicasSinceStep(), [6]);

    story.step('ingest is gone');
    await ingest.stop();
    await story.condition('ScalingActive', 'False', 'FailedGetPodsMetric');
    await sleep(8_000);
    assert.deepEqual(story.replicasSinceStep(), [6]);

    story.step('ingest is back');
    ingest = await startIngest({ ...env, GRPC_PORT: String(ingest.grpcPort) });
    await story.condition('ScalingActive', 'True', 'ValidMetricFound');
    assert.deepEqual(story.replicasSinceStep(), [6]);

    story.step('14 requests');
    fleet.setRequests(14);
    await story.becomes(2);
    await until(() => fleet.size() === 2, { what: 'two pods', deadline: 30_000 });

    story.step('type Object, 14 requests on 2 replicas');
    await admin.delete('/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/web');
    await admin.apply(BY_OBJECT);
    await story.condition('ScalingActive', 'True', 'ValidMetricFound');

    story.step('60 requests');
    fleet.setRequests(60);
    await story.becomes(6);
    await sleep(8_000);
    assert.deepEqual(story.replicasSinceStep(), [2, 6]);

    story.step('14 requests');
    fleet.setRequests(14);
    await story.becomes(2);
  } finally {
    await ingest.stop();
  }
});
