import assert from 'node:assert/strict';
import test from 'node:test';
import { type Load, poissonRate, type Served, until } from '@activescale/devkit';
import { type Stack, startStack } from '../stack.ts';
import { type Truth, truthOf } from '../truth/log.ts';
import { demandOf, type Services, startServices } from './gateways.ts';

const SERVICES = ['web', 'cart', 'pay'] as const;
type Service = (typeof SERVICES)[number];
/**
 * Requests a second of each gateway, with their path: short, long, and some that fail. They come at random: what keeps in
 * step with the flushes looks like requests that never end (docs/signals.md).
 */
const LOADS: readonly (readonly [Service, number, string])[] = [
  ['web', 10, '/?delay=100'],
  ['cart', 4, '/?delay=400'],
  ['pay', 4, '/error?status=503&delay=20'],
  ['pay', 12, '/?delay=20'],
];
/** By the namespace of the Services: how often their gateways flush. */
const FLUSHES = { fast: '1s', slow: '5s' };
const GATEWAYS = ['0', '1'];
/** How long the loads run before they are looked at, in ms: longer than the longest window. */
const RUN_MS = 66_000;
/** Relative error: windows of two gateways end with their last flushes, which lie apart. */
const TOLERANCE = 0.15;

interface Fleet {
  readonly namespace: string;
  readonly services: Services<Service>;
  readonly loads: readonly { readonly service: Service; readonly load: Load }[];
}

async function startFleet(
  running: AsyncDisposableStack,
  namespace: string,
  flush: string,
  sinkPort: number,
): Promise<Fleet> {
  const services = running.use(await startServices(namespace, SERVICES));
  const loads: { service: Service; load: Load }[] = [];
  for (const each of GATEWAYS) {
    const { port } = running.use(await services.gateway(`${namespace}-${each}`, sinkPort, flush));
    for (const [service, perSecond, path] of LOADS)
      loads.push({
        service,
        load: running.use(poissonRate({ port, perSecond, path: `/${service}${path}` })),
      });
  }
  return { namespace, services, loads };
}

/** The demand of a Service against the logs of its server and of the clients: a gateway is in between. */
async function compare(stack: Stack, { namespace, services, loads }: Fleet, service: Service) {
  const now = Date.now();
  const server = services.servers[service].log();
  const clients: readonly Served[] = loads
    .filter((each) => each.service === service)
    .flatMap(({ load }) => load.log());
  const [minute, seconds] = [60_000, 10_000].map((window) =>
    [server, clients].map((log) => truthOf(log, now - window, now)),
  ) as [Truth[], Truth[]];
  const [seen] = minute as [Truth];
  const expected: Readonly<Record<string, readonly number[]>> = {
    demand_active_requests_mean_10s: seconds.map(({ inFlight }) => inFlight),
    demand_active_requests_mean_1m: minute.map(({ inFlight }) => inFlight),
    demand_requests_per_second: [seen.perSecond],
    demand_request_duration_seconds_mean: minute.map(({ duration }) => duration),
    demand_request_error_ratio: [seen.errorRatio],
  };
  for (const [metric, truths] of Object.entries(expected)) {
    const found = (await demandOf(stack.query, namespace, service, metric)) ?? Number.NaN;
    const low = Math.min(...truths) * (1 - TOLERANCE) - 0.01;
    const high = Math.max(...truths) * (1 + TOLERANCE) + 0.01;
    assert.ok(
      found >= low && found <= high,
      `${namespace}/${service}: ${metric} is ${found}, truly ${truths}: not in ${low} to ${high}`,
    );
  }
}

test('the demand of Services behind two gateways is what their servers saw', {
  timeout: 240_000,
}, async (t) => {
  await using stack = await startStack();
  await using running = new AsyncDisposableStack();
  const fleets: Fleet[] = [];
  for (const [namespace, flush] of Object.entries(FLUSHES))
    fleets.push(await startFleet(running, namespace, flush, stack.ingest.grpcPort));
  const begun = performance.now();
  const over = () => performance.now() - begun > RUN_MS;
  await until(over, { what: 'the load', deadline: 2 * RUN_MS, every: 500 });

  for (const fleet of fleets)
    for (const service of SERVICES)
      await t.test(
        `${service}, at a flush of ${FLUSHES[fleet.namespace as keyof typeof FLUSHES]}`,
        async () => {
          const look = () => compare(stack, fleet, service).then(() => true);
          // A machine that stalls moves Envoy's cut: what is wrong in us is wrong each time.
          await until(look, { what: 'values near the truth', deadline: 30_000, every: 3_000 });
        },
      );
});
