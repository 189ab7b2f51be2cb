import assert from 'node:assert/strict';
import test from 'node:test';
import { holdOpen, until } from '@activescale/devkit';
import { createReader } from './read.ts';
import { startPod, startStack } from './stack.ts';

/** meshConfig.inboundClusterStatName and outboundClusterStatName give clusters other names; `known` are those by default. */
const PROXIES = [
  { type: 'sidecar', statPrefix: 'inbound_0.0.0.0_8080;', clusterName: 'inbound|8080||;', known: true },
  { type: 'sidecar', statPrefix: 'inbound_0.0.0.0_8080;', clusterName: 'web.shop_80;', known: false },
  {
    type: 'sidecar',
    statPrefix: 'inbound_0.0.0.0_8080;',
    clusterName: 'in_web.shop.svc.cluster.local_8080;',
    known: false,
  },
  {
    type: 'router',
    statPrefix: 'outbound_0.0.0.0_8080;',
    clusterName: 'outbound|80||web.shop.svc.cluster.local;',
    known: true,
  },
  { type: 'router', statPrefix: 'outbound_0.0.0.0_8080;', clusterName: 'web.shop_80;', known: false },
  {
    type: 'waypoint',
    statPrefix: 'inbound_0.0.0.0_80;',
    clusterName: 'inbound-vip|80|http|web.shop.svc.cluster.local;',
    known: true,
  },
] as const;

test("clusters under other names than Istio's leave upstream metrics unknown, never 0", async (t) => {
  await using running = new AsyncDisposableStack();
  const stack = running.use(await startStack());
  const { valuesOf } = createReader(stack);
  for (const [index, { known, ...proxy }] of PROXIES.entries()) {
    await t.test(`${proxy.type}: ${proxy.clusterName}`, async () => {
      const namespace = `names-${index}`;
      await using pod = await startPod({
        pod: 'web-1',
        namespace,
        sinkPort: stack.ingest.grpcPort,
        flush: '0.25s',
        ...proxy,
      });
      await using _held = holdOpen({ port: pod.envoy.port, count: 7 });
      const seven = async () => (await valuesOf(namespace, 'active_requests'))['web-1'] === '7';
      await until(seven, { what: 'seven requests in flight' });
      const expected = known ? { 'web-1': '7' } : {};
      const upstream = () => valuesOf(namespace, 'upstream_active_requests');
      if (known) await until(async () => (await upstream())['web-1'] === '7', { what: 'seven upstream' });
      assert.deepEqual(await upstream(), expected);
      assert.deepEqual(await valuesOf(namespace, 'pending_requests'), known ? { 'web-1': '0' } : {});
    });
  }
});

test('scopes and clusters that a pod declares are its load, whatever they are called', async () => {
  await using running = new AsyncDisposableStack();
  const stack = running.use(await startStack());
  const { valuesOf } = createReader(stack);
  const pod = running.use(
    await startPod({
      pod: 'web-1',
      namespace: 'declared',
      sinkPort: stack.ingest.grpcPort,
      flush: '0.25s',
      statPrefix: 'shop_in',
      clusterName: 'web.shop_80;',
      scopes: [{ statPrefix: 'inbound_0.0.0.0_9090;', clusterName: 'inbound|9090||;' }],
      metadata: { ACTIVESCALE_SCOPES: 'shop_in|web\\.shop_80' },
    }),
  );
  running.use(holdOpen({ port: pod.envoy.port, count: 3 }));
  running.use(holdOpen({ port: pod.envoy.ports['inbound_0.0.0.0_9090;'] ?? 0, count: 5 }));
  for (const metric of ['active_requests', 'upstream_active_requests']) {
    const three = async () => (await valuesOf('declared', metric))['web-1'] === '3';
    await until(three, { what: `${metric} of the declared scope` });
  }
});
