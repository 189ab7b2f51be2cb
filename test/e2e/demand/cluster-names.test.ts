import assert from 'node:assert/strict';
import test from 'node:test';
import { type Bootstrap, constantRate, holdOpen, until } from '@activescale/devkit';
import { type Stack, startPod, startStack } from '../stack.ts';
import { demandOf } from './gateways.ts';

/** A gateway that Istio does not configure. */
const gateway = (pod: string, { ingest }: Stack) => ({
  pod,
  namespace: 'edge',
  nodeId: pod,
  sinkPort: ingest.grpcPort,
  flush: '0.25s',
  inclusionRegexps: ['.*'],
});

const CILIUM = 'edge/cilium-gateway-public.v2/shop:web:80';

for (const tagsAsLabels of [false, 'envoy'] as const) {
  test(`the Service of Cilium's cluster is recognized as Envoy writes its name: ${tagsAsLabels || 'in names'}`, async () => {
    await using running = new AsyncDisposableStack();
    const stack = running.use(await startStack());
    const names = { statPrefix: 'listener-insecure', clusterName: CILIUM, tagsAsLabels };
    const { envoy } = running.use(await startPod({ ...gateway('cilium-envoy', stack), ...names }));
    running.use(holdOpen({ port: envoy.port, count: 3 }));
    const isDemand = async () => (await demandOf(stack.query, 'shop', 'web', 'demand_active_requests')) === 3;
    await until(isDemand, { what: 'the demand of three requests' });
  });
}

const CART = 'cart.default.dc1.internal.11111111-2222-3333-4444-555555555555.consul';

/** As Consul (agent/xds/clusters.go): the Service is an aggregate of its targets, the first of which has no endpoint. */
function withFailover({ static_resources: { listeners, clusters }, ...bootstrap }: Bootstrap): Bootstrap {
  const [cart, ...others] = clusters as readonly { readonly load_assignment: object }[];
  const load = cart?.load_assignment;
  const common = { connect_timeout: '1s', common_lb_config: { healthy_panic_threshold: { value: 0 } } };
  const target = (name: string, assigned: object) => ({
    ...common,
    name,
    type: 'STATIC',
    load_assignment: { ...load, cluster_name: name, ...assigned },
  });
  const type = 'type.googleapis.com/envoy.extensions.clusters.aggregate.v3.ClusterConfig';
  const names = [0, 1].map((index) => `failover-target~${index}~${CART}`);
  const aggregate = {
    ...common,
    name: CART,
    lb_policy: 'CLUSTER_PROVIDED',
    cluster_type: {
      name: 'envoy.clusters.aggregate',
      typed_config: { '@type': type, clusters: names },
    },
  };
  const targets = names.map((name, index) => target(name, index === 0 ? { endpoints: [] } : {}));
  return { ...bootstrap, static_resources: { listeners, clusters: [aggregate, ...targets, ...others] } };
}

test('the demand for a Service of Consul has each request to a target of its failover once', async () => {
  await using running = new AsyncDisposableStack();
  const stack = running.use(await startStack());
  const names = { statPrefix: 'ingress_upstream_8080', clusterName: CART, amend: withFailover };
  const { envoy } = running.use(await startPod({ ...gateway('api-gateway', stack), ...names }));
  running.use(holdOpen({ port: envoy.port, count: 3 }));
  const demand = (metric: string) => demandOf(stack.query, 'default', 'cart', metric);
  await until(async () => (await demand('demand_active_requests')) === 3, { what: 'three requests' });
  const rate = running.use(constantRate({ port: envoy.port, perSecond: 50, path: '/?delay=100' }));
  const isOnce = async () => {
    const mean = (await demand('demand_active_requests_mean_10s')) ?? 0;
    const median = (await demand('demand_request_duration_seconds_p50')) ?? 0;
    return rate.report.answered > 600 && mean > 7 && mean < 9.5 && median > 0.05 && median < 0.25;
  };
  await until(isOnce, { what: 'three requests, and fifty a second of 0.1 s', deadline: 60_000 });
  assert.equal(await demand('demand_request_error_ratio'), 0);
});
