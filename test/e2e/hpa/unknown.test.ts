import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  deployment,
  type KubeObject,
  namespace,
  podCount,
  runPods,
  startIngest,
  until,
} from '@activescale/devkit';
import { type ClusterBench, startInCluster } from '../../contract/api-cluster.ts';
import { metric } from '../admin.ts';
import { openStream } from '../client.ts';
import { flushOf } from '../messages.ts';
import { startFleet } from './fleet.ts';
import { followStory } from './story.ts';

// What is unknown must not scale a workload that is busy.

const GAUGE = String.raw`http\.(inbound_[^;]*|InboundPassthroughCluster);\.downstream_rq_active`;

function hpa(name: string): KubeObject {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 1,
      maxReplicas: 10,
      metrics: [
        { type: 'Pods', pods: { metric: { name }, target: { type: 'AverageValue', averageValue: '10' } } },
      ],
      behavior: { scaleDown: { stabilizationWindowSeconds: 0 } },
    },
  };
}

/** The controller has asked for the metric so often since now. */
async function asked({ api }: ClusterBench, name: string, times: number): Promise<void> {
  const queries = () => metric(api, `activescale_api_queries_total{metric="${name}"}`);
  const before = await queries();
  await until(async () => (await queries()) >= before + times, { what: 'the HPA to ask', deadline: 60_000 });
}

test('an HPA on requests per second keeps its replicas where the filter lets only the gauge pass', {
  timeout: 180_000,
}, async () => {
  await using bench = await startInCluster();
  const { admin } = bench.plane;
  await using ingest = await startIngest({ VALKEY_ADDR: bench.valkey.addr });
  await admin.apply(namespace('shop'));
  await admin.apply(deployment('web', 'shop', 6));
  await using story = followStory(admin, 'shop', 'web', 'hpa-gauge-only.log');
  const proxy = { inclusionRegexps: [GAUGE] };
  await using fleet = await startFleet({
    plane: bench.plane,
    namespace: 'shop',
    app: 'web',
    sinkPort: ingest.grpcPort,
    proxy,
  });
  await until(() => fleet.size() === 6, { what: 'six pods', deadline: 30_000 });
  fleet.setRequests(180);
  const path = '/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/deployments.apps/web/active_requests';
  const busy = async () => (await admin.request(path)).body.includes('"value":"180"');
  await until(busy, { what: '180 requests in flight', deadline: 60_000 });
  story.step('an HPA on a metric that nobody can know');
  await admin.apply(hpa('requests_per_second'));
  await story.condition('ScalingActive', 'False', 'FailedGetPodsMetric');
  await asked(bench, 'requests_per_second', 4);
  assert.deepEqual(story.replicasSinceStep(), [6]);
});

test('an HPA keeps its replicas where the gauge of one pod has wrapped', { timeout: 180_000 }, async () => {
  await using bench = await startInCluster();
  const { admin } = bench.plane;
  await using ingest = await startIngest({ VALKEY_ADDR: bench.valkey.addr });
  await admin.apply(namespace('shop'));
  await admin.apply(deployment('web', 'shop', 3));
  await using story = followStory(admin, 'shop', 'web', 'hpa-wrapped-gauge.log');
  const pods = await podCount(admin, 3, { namespace: 'shop' });
  await runPods(admin, { namespace: 'shop' });
  await using streams = new AsyncDisposableStack();
  const gauges = [10, 10, 2 ** 64 - 1000];
  const open = pods.map(({ metadata: { name } }, i) => {
    const stream = streams.use(openStream(ingest.grpcPort));
    return (flush: number) =>
      stream.push(
        flushOf({ namespace: 'shop', pod: name, active: gauges[i] ?? 0, flush, ip: `10.1.0.${i + 1}` }),
      );
  });
  let flush = 0;
  const timer = setInterval(() => {
    flush++;
    for (const push of open) push(flush);
  }, 1_000);
  streams.defer(() => clearInterval(timer));
  story.step('one of three gauges is 2^64 - 1000');
  await admin.apply(hpa('active_requests'));
  await story.condition('ScalingActive', 'True', 'ValidMetricFound');
  await asked(bench, 'active_requests', 4);
  assert.deepEqual(story.replicasSinceStep(), [3]);
});
