import assert from 'node:assert/strict';
import test from 'node:test';
import { constantRate, holdOpen, startBalancer, startIngest, until } from '@activescale/devkit';
import { startStack } from '../stack.ts';
import { demandOf, startServices, untilInFlight } from './gateways.ts';

const namespace = 'shop';
/** A short life, so that a gateway that is gone is so within the test. */
const BOTH = { METRIC_TTL: '3s' };

test('gateways that move to another ingest are never counted twice, and no request is missed', {
  timeout: 120_000,
}, async () => {
  await using stack = await startStack({ both: BOTH });
  const { query, valkey } = stack;
  await using other = await startIngest({ VALKEY_ADDR: valkey.addr, ...BOTH });
  await using balancer = await startBalancer([stack.ingest.grpcPort]);
  await using services = await startServices(namespace, ['web', 'cart']);
  await using first = await services.gateway('gw-0', balancer.port, '0.5s');
  await using second = await services.gateway('gw-1', balancer.port, '0.5s');
  await using _five = holdOpen({ port: first.port, path: '/web/hold', count: 5 });
  await using _seven = holdOpen({ port: second.port, path: '/web/hold', count: 7 });
  await using running = new AsyncDisposableStack();
  for (const { port } of [first, second])
    running.use(constantRate({ port, perSecond: 50, path: '/cart/?delay=20' }));
  await untilInFlight(query, namespace, 12, 'both gateways');
  const rate = () => demandOf(query, namespace, 'cart', 'demand_requests_per_second');
  await until(async () => Math.abs(((await rate()) ?? 0) - 100) < 10, { what: 'the rate', deadline: 30_000 });

  balancer.setTargets([other.grpcPort]);
  const moved = stack.ingest.stop();
  const begun = performance.now();
  while (performance.now() - begun < 10_000) {
    assert.equal(await demandOf(query, namespace, 'web', 'demand_active_requests'), 12);
    const now = (await rate()) ?? 0;
    assert.ok(now > 80 && now < 120, `${now} requests a second`);
  }
  await moved;
});

test('the share of a gateway that is gone ends, and one that starts again counts once', {
  timeout: 180_000,
}, async () => {
  await using stack = await startStack({ both: BOTH });
  const { query, ingest } = stack;
  await using services = await startServices(namespace, ['web']);
  await using first = await services.gateway('gw-0', ingest.grpcPort, '0.5s');
  await using running = new AsyncDisposableStack();
  const second = await services.gateway('gw-1', ingest.grpcPort, '0.5s');
  running.defer(() => second.stop());
  await using _five = holdOpen({ port: first.port, path: '/web/hold', count: 5 });
  await using _seven = holdOpen({ port: second.port, path: '/web/hold', count: 7 });
  await untilInFlight(query, namespace, 12, 'both gateways');

  second.kill();
  await untilInFlight(query, namespace, 5, 'the share of the killed gateway to end');
  await using again = await services.gateway('gw-1', ingest.grpcPort, '0.5s');
  await using _three = holdOpen({ port: again.port, path: '/web/hold', count: 3 });
  await untilInFlight(query, namespace, 8, 'the gateway that started again');

  // At once, while the record of the one before is fresh: its requests have ended with it.
  await again.stop();
  await using next = await services.gateway('gw-1', ingest.grpcPort, '0.5s');
  await using _two = holdOpen({ port: next.port, path: '/web/hold', count: 2 });
  await untilInFlight(query, namespace, 7, 'the requests of the new process only');
});
