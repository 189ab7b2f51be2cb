import assert from 'node:assert/strict';
import test from 'node:test';
import { constantRate, holdOpen, until } from '@activescale/devkit';
import { demandOf } from './demand/gateways.ts';
import { startIstioProxy } from './istio-proxy.ts';
import { createReader } from './read.ts';
import { startStack } from './stack.ts';
import { startXdsStub } from './xds-stub.ts';

const namespace = 'shop';
const LOADS = ['active_requests', 'upstream_active_requests', 'pending_requests', 'requests_per_second'];

const PROXIES = [
  {
    kind: 'sidecar',
    pod: 'web-6d5f7c9b8-abcde',
    statPrefix: 'inbound_0.0.0.0_8080;',
    clusterName: 'inbound|8080||;',
  },
  {
    kind: 'gateway',
    pod: 'public-istio-6d5f7c9b8-abcde',
    statPrefix: 'outbound_0.0.0.0_80;',
    clusterName: 'outbound|80||web.shop.svc.cluster.local;',
  },
  {
    kind: 'waypoint',
    pod: 'waypoint-6d5f7c9b8-abcde',
    statPrefix: 'inbound_0.0.0.0_80;',
    clusterName: 'inbound-vip|80|http|web.shop.svc.cluster.local;',
  },
] as const;

for (const { kind, pod, ...names } of PROXIES) {
  test(`a ${kind} with Istio's bootstrap reports the load and the demand of its clients, and 0 without any`, async () => {
    await using running = new AsyncDisposableStack();
    const stack = running.use(await startStack());
    const xds = running.use(await startXdsStub());
    const ports = { ingestPort: stack.ingest.grpcPort, xdsPort: xds.port };
    const proxy = running.use(await startIstioProxy({ kind, ...names, ...ports }));
    assert.equal(xds.streams(), 1);
    const { valuesOf } = createReader(stack);
    const values = () => Promise.all(LOADS.map(async (name) => (await valuesOf(namespace, name, pod))[pod]));
    const probes = running.use(
      constantRate({ port: proxy.ports.probes, perSecond: 1, path: '/healthz/ready' }),
    );
    const scrapes = running.use(
      constantRate({ port: proxy.ports.scrapes, perSecond: 1, path: '/stats/prometheus' }),
    );
    const areZero = async () => (await values()).every((value) => value === '0');
    await until(areZero, { what: 'an idle proxy', deadline: 60_000 });
    const seen = new Set<string | undefined>();
    const probed = probes.report.errors;
    const hasSeenEnough = async () => {
      for (const value of await values()) seen.add(value);
      // Nothing answers probes here: Envoy does, with 503.
      return probes.report.errors >= probed + 5 && scrapes.report.answered >= 5;
    };
    await until(hasSeenEnough, { what: 'five probes and scrapes', deadline: 60_000, every: 500 });
    assert.deepEqual([...seen], ['0']);
    running.use(holdOpen({ port: proxy.envoy.port, count: 3 }));
    const areThree = async () => (await values()).slice(0, 2).every((value) => value === '3');
    await until(areThree, { what: 'the load of three requests' });
    if (kind === 'sidecar') return;
    const demands = ['demand_active_requests', 'demand_requests'];
    const seenByCaller = async () =>
      Promise.all(demands.map((name) => demandOf(stack.query, namespace, 'web', name)));
    const areThreeToo = async () => (await seenByCaller()).every((value) => value === 3);
    await until(areThreeToo, { what: 'the demand of three requests' });
    proxy.upstream.release();
    const isNone = async () => (await seenByCaller()).every((value) => value === 0);
    // Not before Valkey has kept all records for METRIC_TTL.
    await until(isNone, { what: 'no demand', deadline: 60_000 });
  });
}
