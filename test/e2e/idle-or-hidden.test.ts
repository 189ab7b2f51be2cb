import assert from 'node:assert/strict';
import test from 'node:test';
import { type EnvoyOptions, holdOpen, until } from '@activescale/devkit';
import { metric } from './admin.ts';
import { createReader } from './read.ts';
import { startPod, startStack } from './stack.ts';

const SIDECARS = String.raw`http\.(inbound_[^;]*|InboundPassthroughCluster);\.downstream_rq_active`;
const ONE_PORT = String.raw`http\.(inbound_0\.0\.0\.0_8080|InboundPassthroughCluster);\.downstream_rq_active`;
const GATEWAYS = String.raw`http\.outbound_[^;]*;\.downstream_rq_active`;
const ANY = '.*downstream_rq_(active|total)';
const OLD = '1.20.8';

interface Case extends Pick<EnvoyOptions, 'type' | 'statPrefix'> {
  readonly name: string;
  readonly filter: string;
  readonly istio?: string;
  /** What is answered before a request, and while 20 are in flight; undefined: no item. */
  readonly idle: string | undefined;
  readonly busy: string | undefined;
}

/** A pod that is busy where its filter does not let anybody see must not read 0. */
const CASES: readonly Case[] = [
  { name: 'a sidecar with the documented filter', filter: SIDECARS, idle: '0', busy: '20' },
  { name: 'a port that the filter names', filter: ONE_PORT, idle: undefined, busy: '20' },
  {
    name: 'a port that the filter does not name',
    filter: ONE_PORT,
    statPrefix: 'inbound_0.0.0.0_3000;',
    idle: undefined,
    busy: undefined,
  },
  {
    name: 'a port that no Service declares, hidden by the filter',
    filter: String.raw`http\.inbound_.*`,
    statPrefix: 'InboundPassthroughCluster;',
    idle: undefined,
    busy: undefined,
  },
  {
    name: 'a listener that an EnvoyFilter renames',
    filter: ANY,
    statPrefix: 'shop_in',
    idle: '0',
    busy: undefined,
  },
  {
    name: "a gateway's server with a name, hidden by the filter",
    filter: GATEWAYS,
    type: 'router',
    statPrefix: 'https-shop',
    idle: undefined,
    busy: undefined,
  },
  {
    name: "a gateway's server with a name",
    filter: ANY,
    type: 'router',
    statPrefix: 'https-shop',
    idle: '0',
    busy: '20',
  },
  {
    name: 'Istio 1.20 with the filter for newer versions',
    filter: SIDECARS,
    istio: OLD,
    statPrefix: 'inbound_0.0.0.0_8080',
    idle: undefined,
    busy: undefined,
  },
  {
    name: 'Istio 1.20, declared port',
    filter: ANY,
    istio: OLD,
    statPrefix: 'inbound_0.0.0.0_8080',
    idle: '0',
    busy: '20',
  },
  {
    name: 'Istio 1.20, undeclared port',
    filter: ANY,
    istio: OLD,
    statPrefix: 'InboundPassthroughClusterIpv4',
    idle: '0',
    busy: '20',
  },
  {
    name: 'Istio 1.20, undeclared port over IPv6',
    filter: ANY,
    istio: OLD,
    statPrefix: 'InboundPassthroughClusterIpv6',
    idle: '0',
    busy: '20',
  },
];

test('idle is 0 only where load would have been seen', async (t) => {
  await using running = new AsyncDisposableStack();
  const stack = running.use(await startStack());
  const { valuesOf } = createReader(stack);
  const flushes = () => metric(stack.ingest, 'activescale_ingest_flushes_total');
  /** Two flushes from now on have been stored. */
  const flushed = async () => {
    const before = await flushes();
    await until(async () => (await flushes()) >= before + 3, { what: 'three flushes' });
  };
  for (const [index, { name, filter, istio = '1.27.0', idle, busy, ...proxy }] of CASES.entries()) {
    await t.test(name, async () => {
      const namespace = `case-${index}`;
      const sink = { pod: 'web-1', namespace, sinkPort: stack.ingest.grpcPort, flush: '0.25s' };
      const inclusionRegexps = [filter];
      const metadata = { ISTIO_VERSION: istio, PROXY_CONFIG: { proxyStatsMatcher: { inclusionRegexps } } };
      await using pod = await startPod({
        ...sink,
        ...proxy,
        metadata,
        inclusionRegexps: [filter, 'server\\.uptime'],
      });
      const answer = async () => (await valuesOf(namespace, 'active_requests'))['web-1'];
      await flushed();
      if (idle !== undefined) await until(async () => (await answer()) === idle, { what: 'the idle pod' });
      assert.equal(await answer(), idle, 'idle');
      await using _held = holdOpen({ port: pod.envoy.port, count: 20 });
      await until(() => pod.upstream.inFlight() === 20, { what: '20 requests in the application' });
      await flushed();
      if (busy !== undefined) await until(async () => (await answer()) === busy, { what: 'the busy pod' });
      assert.equal(await answer(), busy, 'busy');
    });
  }
});
