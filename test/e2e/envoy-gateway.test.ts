import assert from 'node:assert/strict';
import test from 'node:test';
import { constantRate, createAuthority, holdOpen, until } from '@activescale/devkit';
import { ask, V1BETA2 } from '../contract/api.ts';
import { startEnvoyOfGateway } from './envoy-gateway.ts';
import { createReader } from './read.ts';
import { type Stack, startStack } from './stack.ts';
import { startXdsStub } from './xds-stub.ts';

const namespace = 'envoy-gateway-system';
const pod = 'envoy-shop-public-5c9d6b7f4-x2x8k';

/** The names of all metrics of pods. */
async function metricNames({ api }: Stack): Promise<string[]> {
  const { body } = await ask(api.securePort, V1BETA2);
  const { resources } = JSON.parse(body) as { resources: { name: string }[] };
  return resources.flatMap(({ name }) => (name.startsWith('pods/') ? [name.slice(5)] : []));
}

/** Of nothing there is no mean, and no share. */
const NEEDS_REQUESTS = /^request_(duration|error_ratio)/;

async function startGateway(running: AsyncDisposableStack) {
  const stack = running.use(await startStack());
  const authority = await createAuthority('envoy-gateway');
  const xds = running.use(await startXdsStub(authority));
  const ports = { ingestPort: stack.ingest.grpcPort, xdsPort: xds.port };
  const gateway = running.use(await startEnvoyOfGateway({ pod, namespace, authority, ...ports }));
  assert.equal(xds.streams(), 1);
  return { stack, xds, gateway, reader: createReader(stack) };
}

test('every metric of an Envoy of Envoy Gateway is 0 without requests of users', async () => {
  await using running = new AsyncDisposableStack();
  const { stack, gateway, reader } = await startGateway(running);
  const { ports } = gateway;
  const probes = running.use(constantRate({ port: ports.probes, perSecond: 1, path: '/ready' }));
  const scrapes = running.use(constantRate({ port: ports.scrapes, perSecond: 1, path: '/stats/prometheus' }));
  const names = await metricNames(stack);
  assert.ok(names.length >= 10);
  const isKnown = async () => (await reader.valuesOf(namespace, 'active_requests', pod))[pod] === '0';
  await until(isKnown, { what: 'an idle Envoy', deadline: 60_000 });
  const seen = new Map(names.map((name) => [name, [] as string[]]));
  const hasSeenEnough = async () => {
    for (const [name, values] of seen) {
      const { [pod]: value } = await reader.valuesOf(namespace, name, pod);
      if (value !== undefined) values.push(value);
    }
    return probes.report.answered >= 10 && scrapes.report.answered >= 10;
  };
  await until(hasSeenEnough, { what: 'ten probes and scrapes', deadline: 60_000, every: 500 });
  for (const [name, values] of seen)
    assert.deepEqual([...new Set(values)], NEEDS_REQUESTS.test(name) ? [] : ['0'], name);
});

test('only requests of users are load and demand of an Envoy of Envoy Gateway, also while its control plane restarts', async () => {
  await using running = new AsyncDisposableStack();
  const { stack, xds, gateway, reader } = await startGateway(running);
  const { ports, upstream } = gateway;
  const probes = running.use(constantRate({ port: ports.probes, perSecond: 20, path: '/ready' }));
  running.use(holdOpen({ port: ports.requests, count: 3 }));
  await until(() => upstream.inFlight() === 3, { what: 'three requests' });
  const loads = async () => {
    const metrics = ['active_requests', 'upstream_active_requests'];
    const values = metrics.map(async (name) => (await reader.valuesOf(namespace, name, pod))[pod]);
    return (await Promise.all(values)).join(' ');
  };
  await until(async () => (await loads()) === '3 3', { what: 'three requests in the metrics' });
  const route =
    '/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/httproutes.gateway.networking.k8s.io/web';
  const demand = async () => (await stack.query.get(`${route}/demand_active_requests`)).values.web;
  await until(async () => (await demand()) === '3', { what: 'the demand for the route' });
  xds.endStreams();
  const seen = new Set<string>();
  const before = probes.report.answered;
  const hasSeenEnough = async () => {
    seen.add(await loads());
    return xds.streams() === 2 && probes.report.answered >= before + 80;
  };
  await until(hasSeenEnough, { what: 'another stream to the control plane', deadline: 60_000 });
  assert.deepEqual([...seen], ['3 3']);
});
