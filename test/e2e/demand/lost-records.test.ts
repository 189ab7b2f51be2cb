import assert from 'node:assert/strict';
import test from 'node:test';
import { holdOpen, startBalancer, startIngest, until } from '@activescale/devkit';
import { openAdmin } from '@activescale/store/testing';
import { type Stack, startPod, startStack } from '../stack.ts';
import { demandOf, startServices, untilInFlight } from './gateways.ts';

const METRICS = ['demand_requests', 'demand_active_requests'];
/** A short life, so that a gateway that is silent is so within the test. */
const BOTH = { METRIC_TTL: '3s' };

interface Seen {
  readonly values: ReadonlySet<number | undefined>;
  /** How often it was unknown. */
  readonly unknown: number;
}

/** What api answers for a time, in ms, as often as it can. */
async function observe(read: (metric: string) => Promise<number | undefined>, ms: number): Promise<Seen> {
  const values = new Set<number | undefined>();
  let unknown = 0;
  const begun = performance.now();
  while (performance.now() - begun < ms) {
    for (const metric of METRICS) {
      const value = await read(metric);
      values.add(value);
      if (value === undefined) unknown++;
    }
  }
  return { values, unknown };
}

interface Gateways extends Stack {
  /** Ends the ingest of the serving gateway, which then reaches none. */
  cut(): Promise<void>;
  /** Lets it reach the other one. */
  reconnect(): void;
}

/** A gateway that serves `web`, which a faster one does not mention. */
async function withTwoGateways(test: (gateways: Gateways) => Promise<void>) {
  await using stack = await startStack({ both: BOTH });
  const { query, ingest, valkey } = stack;
  await using own = await startIngest({ VALKEY_ADDR: valkey.addr, ...BOTH });
  await using services = await startServices('shop', ['web', 'cart']);
  await using balancer = await startBalancer([own.grpcPort]);
  await using serving = await services.gateway('gw-0', balancer.port, '2s');
  await using other = await services.gateway('gw-1', ingest.grpcPort, '0.2s');
  await using _four = holdOpen({ port: serving.port, path: '/web/hold', count: 4 });
  await using _one = holdOpen({ port: other.port, path: '/cart/hold', count: 1 });
  await untilInFlight(query, 'shop', 4, 'the serving gateway');
  const idle = async () => (await demandOf(query, 'shop', 'idle', 'demand_requests')) === 0;
  await until(idle, { what: 'the proof of 0 for a Service without requests', deadline: 30_000 });
  await test({
    ...stack,
    async cut() {
      balancer.setTargets([]);
      await own.stop();
    },
    reconnect: () => balancer.setTargets([ingest.grpcPort]),
  });
}

for (const [how, lose] of [
  [
    'was flushed',
    async ({ valkey }: Stack) => {
      using admin = openAdmin(valkey.port);
      await admin.redis.flushall();
    },
  ],
  ['restarted empty', ({ valkey }: Stack) => valkey.restart()],
] as const)
  test(`a Service with requests is never 0 after Valkey ${how}`, { timeout: 120_000 }, () =>
    withTwoGateways(async (stack) => {
      const { query } = stack;
      const read = async (metric: string) => {
        const { status } = await query.get(
          `/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/services/web/${metric}`,
        );
        return status === 503 ? undefined : demandOf(query, 'shop', 'web', metric);
      };
      let unknown = 0;
      for (let round = 0; round < 3; round++) {
        await lose(stack);
        const seen = await observe(read, 4_000);
        unknown += seen.unknown;
        assert.deepEqual(
          [...seen.values].filter((value) => value !== undefined && value !== 4),
          [],
        );
        await untilInFlight(query, 'shop', 4, 'the serving gateway to push again');
      }
      assert.ok(unknown > 0, 'the records were lost');
    }),
  );

test(
  'a Service with requests is never 0 while its gateway is cut off from ingest',
  { timeout: 180_000 },
  () =>
    withTwoGateways(async ({ query, cut, reconnect }) => {
      const read = (metric: string) => demandOf(query, 'shop', 'web', metric);
      await cut();
      // Until long after its last value is no longer held.
      const { values, unknown } = await observe(read, 45_000);
      assert.deepEqual(values, new Set([4, undefined]));
      assert.ok(unknown > 0);
      reconnect();
      await untilInFlight(query, 'shop', 4, 'the gateway to push again');
    }),
);

test('the sum over pods is never too low after Valkey lost its records', { timeout: 120_000 }, async () => {
  await using stack = await startStack({ both: BOTH });
  const { query, valkey, ingest } = stack;
  const common = { namespace: 'shop', sinkPort: ingest.grpcPort };
  await using busy = await startPod({ ...common, pod: 'web-0', flush: '2s' });
  await using _idle = await startPod({ ...common, pod: 'web-1', flush: '0.2s' });
  await using _four = holdOpen({ port: busy.envoy.port, path: '/hold', count: 4 });
  const sum = async () => {
    const { values } = await query.get(
      '/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/metrics/active_requests',
    );
    return Object.values(values)[0];
  };
  await until(async () => (await sum()) === '4', { what: 'the sum', deadline: 30_000 });
  using admin = openAdmin(valkey.port);
  await admin.redis.flushall();
  const seen = new Set<string | undefined>();
  const begun = performance.now();
  while (performance.now() - begun < 5_000) seen.add(await sum());
  assert.deepEqual(
    [...seen].filter((value) => value !== undefined && value !== '4'),
    [],
  );
  assert.ok(seen.has(undefined), 'the records were lost');
  await until(async () => (await sum()) === '4', { what: 'the sum again', deadline: 30_000 });
});
