import assert from 'node:assert/strict';
import test from 'node:test';
import { type EnvoyOptions, holdOpen, type Scope, until } from '@activescale/devkit';
import { startPod, startStack } from './stack.ts';

const namespace = 'shop';
const outbound = 'outbound|80||reviews.shop.svc.cluster.local;';
const scope = (statPrefix: string, clusterName = outbound): Scope => ({ statPrefix, clusterName });

interface Proxy {
  name: string;
  type: NonNullable<EnvoyOptions['type']>;
  /** Requests are held in each of them: 1 in the first, 2 in the next, then 4... so that every sum tells its parts. */
  scopes: readonly [Scope, ...Scope[]];
  active: number;
  metricName?: string;
}

const proxies: readonly Proxy[] = [
  {
    name: 'a sidecar counts its inbound listeners and undeclared ports, never its calls to others',
    type: 'sidecar',
    scopes: [
      scope('inbound_0.0.0.0_8080;', 'inbound|8080||;'),
      scope('inbound_0.0.0.0_9090;', 'inbound|9090||;'),
      scope('InboundPassthroughCluster;', 'InboundPassthroughCluster;'),
      scope('outbound_0.0.0.0_80;'),
    ],
    active: 1 + 2 + 4,
  },
  {
    name: 'a gateway counts every listener, with and without the semicolon, but its own',
    type: 'router',
    scopes: [scope('outbound_0.0.0.0_8080;'), scope('https-shop'), scope('stats'), scope('agent')],
    active: 1 + 2,
  },
  {
    name: 'a waypoint counts requests, never the tunnels that carry them',
    type: 'waypoint',
    scopes: [
      scope('inbound_0.0.0.0_80;', 'inbound-vip|80|http|reviews.shop.svc.cluster.local;'),
      scope('connect_terminate', 'main_internal'),
    ],
    active: 1,
  },
  {
    name: 'with METRIC_NAME that family counts and nothing else',
    type: 'sidecar',
    scopes: [
      scope('inbound_0.0.0.0_8080;', 'inbound|8080||;'),
      scope('custom', 'inbound|9090||;'),
      scope('inbound_0.0.0.0_7070;', 'inbound|7070||;'),
    ],
    active: 2,
    metricName: 'http.custom.downstream_rq_active',
  },
];

for (const { name, type, scopes, active, metricName } of proxies) {
  test(name, async () => {
    await using running = new AsyncDisposableStack();
    const stack = running.use(await startStack({ ingest: { METRIC_NAME: metricName } }));
    const [{ statPrefix, clusterName }, ...others] = scopes;
    const pod = `${type}-0`;
    const sink = { pod, namespace, type, sinkPort: stack.ingest.grpcPort, flush: '0.25s' };
    const own = { statPrefix, clusterName, scopes: others };
    const { envoy, upstream } = running.use(await startPod({ ...sink, ...own }));
    for (const [index, { statPrefix }] of scopes.entries()) {
      running.use(holdOpen({ port: envoy.ports[statPrefix] ?? 0, count: 2 ** index }));
    }
    await until(() => upstream.inFlight() === 2 ** scopes.length - 1, { what: 'all requests behind Envoy' });
    const same = async () => {
      assert.deepEqual((await stack.query.ask(namespace, pod)).values, { [pod]: String(active) });
      return true;
    };
    await until(same, { what: `the answer ${active}` });
  });
}
