import assert from 'node:assert/strict';
import { type Gateway, holdOpen, startGateway, startIngest, startUpstream, until } from '@activescale/devkit';
import type { ClusterBenchOptions } from '../../contract/api-cluster.ts';
import type { Story } from './story.ts';
import { followingHpa, startWorkload, startZeroBench, type ZeroBench } from './zero-bench.ts';

const WEB = 'outbound|80||web.shop.svc.cluster.local;';
const METRIC_TTL = '4s';
/** Short, so that the test sees how it ends. */
const DEMAND_HOLD = '5s';

/** A workload with one replica, and what it takes to scale it by what a real gateway Envoy pushes to ingest. */
interface Behind {
  readonly zero: ZeroBench;
  readonly story: Story;
  /** Port of the server of the Service. */
  readonly port: number;
  /** A gateway in front of these servers. */
  start(endpoints: readonly number[]): Promise<Gateway>;
}

/** @param file of the story among the artefacts */
async function withWorkload(
  options: ClusterBenchOptions,
  file: string,
  run: (behind: Behind) => Promise<void>,
): Promise<void> {
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
  await run({ zero, story, port: web.port, start });
}

/**
 * Scales a workload to zero by what a real gateway Envoy pushes, sends no request for a time, and then one.
 * @param idleMs the time without a request
 * @param file of the story among the artefacts
 * @returns the replicas that the HPA wanted in that time
 */
export async function staysAtZero(
  options: ClusterBenchOptions,
  file: string,
  idleMs: number,
): Promise<readonly number[]> {
  let seen: readonly number[] = [];
  await withWorkload(options, file, async ({ zero, story, port, start }) => {
    await using gateway = await start([port]);
    await answers(gateway, 200);
    await zero.bench.plane.admin.apply(followingHpa('web'));
    await story.becomes(0);
    await gateway.setEndpoints('web', []);
    story.step('no request');
    const began = performance.now();
    const over = () => performance.now() - began >= idleMs;
    await until(over, { what: 'the idle time', deadline: 2 * idleMs, every: 1_000 });
    // Its decisions are still made, and by a known value.
    await zero.keepsDeciding('web');
    seen = story.replicasSinceStep();
    assert.equal(zero.decisions('web').at(-1), 'kept');
    story.step('one request');
    await answers(gateway, 503);
    await story.becomes(1);
  });
  return seen;
}

/**
 * Scales a workload by what a real gateway Envoy pushes, all the way through ingest, api and the HPA controller.
 * @param file of the story among the artefacts
 * @returns ms from a rejected request to the first replica
 */
export async function scaleBehindGateway(options: ClusterBenchOptions, file: string): Promise<number> {
  let delay = Number.NaN;
  await withWorkload(options, file, async (behind) => {
    delay = await wakesAndHolds(behind);
  });
  return delay;
}

async function wakesAndHolds({ zero, story, port, start }: Behind): Promise<number> {
  const kill = async (gateway: Gateway) => {
    gateway.kill();
    await gateway.stop();
  };

  let gateway = await start([port]);
  try {
    await answers(gateway, 200);
    story.step('no request');
    await zero.bench.plane.admin.apply(followingHpa('web'));
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
    await gateway.setEndpoints('web', [port]);
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
