import assert from 'node:assert/strict';
import { type Gateway, holdOpen, startGateway, startIngest, startUpstream, until } from '@activescale/devkit';
import type { ClusterBenchOptions } from '../../contract/api-cluster.ts';
import { followingHpa, startWorkload, startZeroBench } from './zero-bench.ts';

const WEB = 'outbound|80||web.shop.svc.cluster.local;';
const METRIC_TTL = '4s';
/** Short, so that the test sees how it ends. */
const DEMAND_HOLD = '5s';

/**
 * Scales a workload by what a real gateway Envoy pushes, all the way through ingest, api and the HPA controller.
 * @param file of the story among the artefacts
 * @returns ms from a rejected request to the first replica
 */
export async function scaleBehindGateway(options: ClusterBenchOptions, file: string): Promise<number> {
  await using zero = await startZeroBench({ ...options, env: { DEMAND_HOLD, METRIC_TTL } });
  const { bench, gatewayPod } = zero;
  await using ingest = await startIngest({ VALKEY_ADDR: bench.valkey.addr, METRIC_TTL });
  await using web = await startUpstream();
  await using story = await startWorkload(zero, 'web', 1, file);
  await story.becomes(1);
  const start = (endpoints: readonly number[]) =>
    startGateway({
      pod: gatewayPod.name,
      namespace: gatewayPod.namespace,
      sinkPort: ingest.grpcPort,
      flush: '1s',
      destinations: [{ path: 'web', cluster: WEB, endpoints }],
    });
  const kill = async (gateway: Gateway) => {
    gateway.kill();
    await gateway.stop();
  };

  let gateway = await start([web.port]);
  try {
    await answers(gateway, 200);
    story.step('no request');
    await bench.plane.admin.apply(followingHpa('web'));
    await story.becomes(0);
    await gateway.setEndpoints('web', []);
    story.step('still none');
    await zero.keepsDeciding('web');
    assert.deepEqual(story.replicasSinceStep(), [0]);

    story.step('one request');
    const began = performance.now();
    await answers(gateway, 503);
    await story.becomes(1);
    const delay = performance.now() - began;
    await gateway.setEndpoints('web', [web.port]);
    await answers(gateway, 200);

    story.step('25 requests at once');
    const load = holdOpen({ port: gateway.port, path: '/web/hold', count: 25 });
    await story.becomes(3);

    story.step('the gateway is gone');
    await kill(gateway);
    await load.stop();
    await story.condition('ScalingActive', 'False', 'FailedGetObjectMetric');
    await zero.keepsDeciding('web');
    assert.deepEqual(story.replicasSinceStep(), [3]);

    story.step('the gateway is back, without requests');
    gateway = await start([]);
    await story.becomes(0);

    story.step('the gateway restarts');
    await kill(gateway);
    gateway = await start([]);
    await zero.keepsDeciding('web');
    assert.deepEqual(story.replicasSinceStep(), [0]);

    story.step('one request');
    await answers(gateway, 503);
    await story.becomes(1);
    return delay;
  } finally {
    await gateway.stop();
  }
}

async function answers(gateway: Gateway, status: number): Promise<void> {
  const url = `http://127.0.0.1:${gateway.port}/web/`;
  const ask = async () => (await fetch(url)).status === status;
  await until(ask, { what: `the gateway to answer ${status}`, deadline: 30_000 });
}
