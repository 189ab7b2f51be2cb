import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { type Bootstrap, constantRate, grpcCluster, holdOpen, until } from '@activescale/devkit';
import { createReader } from './read.ts';
import { type Stack, startPod, startStack } from './stack.ts';

const namespace = 'shop';
const plain = (pod: string, { ingest }: Stack) => ({
  pod,
  namespace,
  nodeId: pod,
  metadata: { PROXY_CONFIG: undefined, WORKLOAD_NAME: pod },
  showsFilter: false,
  sinkPort: ingest.grpcPort,
  flush: '0.25s',
});

/** A gRPC server that takes streams and never answers, as a control plane or an access log service does. */
async function startSilent(): Promise<AsyncDisposable & { readonly port: number; streams(): number }> {
  let streams = 0;
  const server = createServer();
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream) => {
    streams++;
    stream.on('error', () => {});
    stream.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    streams: () => streams,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}

test('streams to a control plane and an access log service are no load', async () => {
  await using running = new AsyncDisposableStack();
  const stack = running.use(await startStack());
  const silent = running.use(await startSilent());
  const { valuesOf } = createReader(stack);
  const amend = (bootstrap: Bootstrap): Bootstrap => ({
    ...bootstrap,
    dynamic_resources: {
      ads_config: {
        api_type: 'GRPC',
        transport_api_version: 'V3',
        grpc_services: [{ envoy_grpc: { cluster_name: 'management' } }],
      },
      cds_config: { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0.5s' },
    },
    static_resources: {
      ...bootstrap.static_resources,
      clusters: [...bootstrap.static_resources.clusters, grpcCluster('management', silent.port)],
    },
  });
  const names = { statPrefix: 'ingress_http', clusterName: 'app', amend };
  const pod = running.use(await startPod({ ...plain('web-1', stack), ...names }));
  await fetch(`http://127.0.0.1:${pod.envoy.port}/`);
  await until(() => silent.streams() === 1, { what: 'the stream to the control plane' });
  const upstream = async () => (await valuesOf(namespace, 'upstream_active_requests'))['web-1'];
  await until(async () => (await upstream()) === '0', { what: 'an idle pod' });
  running.use(holdOpen({ port: pod.envoy.port, count: 3 }));
  await until(async () => (await upstream()) === '3', { what: 'three requests' });
  assert.equal((await valuesOf(namespace, 'active_requests'))['web-1'], '3');
});

/** Listener and cluster of what comes in, and of what the pod itself calls, as others name them. */
const NAMES = {
  'app-mesh': ['ingress', 'cds_ingress_shop_web_http_8080', 'egress', 'cds_egress_shop_amazonaws'],
  osm: [
    'mesh-http-conn-manager.inbound',
    'shop/web|8080|local',
    'mesh-http-conn-manager.outbound',
    'shop/stock|80',
  ],
  consul: ['public_listener', 'local_app', 'upstream.stock.default.dc1', 'stock.default.dc1.internal'],
} as const;

test('what a pod itself calls is not its load, by the names that others give', async (t) => {
  await using running = new AsyncDisposableStack();
  const stack = running.use(await startStack());
  const { valuesOf } = createReader(stack);
  for (const [name, [statPrefix, clusterName, egress, peer]] of Object.entries(NAMES)) {
    await t.test(name, async () => {
      const scopes = [{ statPrefix: egress, clusterName: peer }];
      await using pod = await startPod({ ...plain(name, stack), statPrefix, clusterName, scopes });
      await using _come = holdOpen({ port: pod.envoy.port, count: 2 });
      await using _go = holdOpen({ port: pod.envoy.ports[egress] ?? 0, count: 7 });
      await until(() => pod.upstream.inFlight() === 9, { what: 'nine requests' });
      for (const metric of ['active_requests', 'upstream_active_requests']) {
        const two = async () => (await valuesOf(namespace, metric, name))[name] === '2';
        await until(two, { what: `${metric} 2` });
      }
    });
  }
});

test('probes and scrapes of a gateway are no load', async () => {
  await using running = new AsyncDisposableStack();
  const stack = running.use(await startStack());
  const { valuesOf } = createReader(stack);
  const pod = running.use(
    await startPod({
      ...plain('gateway', stack),
      statPrefix: 'http-10080',
      clusterName: 'httproute/shop/web/rule/0',
      scopes: [{ statPrefix: 'eg-ready-http', clusterName: 'prometheus_stats' }],
    }),
  );
  const probes = running.use(
    constantRate({ port: pod.envoy.ports['eg-ready-http'] ?? 0, perSecond: 20, path: '/ready?delay=50' }),
  );
  await until(() => probes.report.answered >= 40, { what: 'forty probes' });
  for (const metric of ['active_requests', 'requests_per_second', 'request_duration_seconds_p95'])
    assert.deepEqual(await valuesOf(namespace, metric, 'gateway'), {}, metric);
  await fetch(`http://127.0.0.1:${pod.envoy.port}/`);
  const one = async () => (await valuesOf(namespace, 'active_requests', 'gateway')).gateway === '0';
  await until(one, { what: 'the gateway after its first request' });
});
