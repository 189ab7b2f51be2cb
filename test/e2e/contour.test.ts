import assert from 'node:assert/strict';
import test from 'node:test';
import {
  type Bootstrap,
  constantRate,
  freePort,
  grpcCluster,
  holdOpen,
  startEnvoy,
  startUpstream,
  until,
} from '@activescale/devkit';
import { parse } from 'yaml';
import { documented } from '../docs/blocks.ts';
import { demandOf } from './demand/gateways.ts';
import { createReader } from './read.ts';
import { startStack } from './stack.ts';
import { startXdsStub } from './xds-stub.ts';

const namespace = 'projectcontour';
const pod = 'envoy-x2x8k';

/** The arguments of docs/proxies/contour.md, as kubelet and DNS resolve them. */
function documentedConfig(ingestPort: number): string {
  const { args } = parse(documented('docs/proxies/contour.md', /^args:$/m)) as { args: string[] };
  const [option = '', config = ''] = args;
  assert.equal(option, '--config-yaml');
  return config
    .replaceAll('$(ENVOY_POD_NAME)', pod)
    .replaceAll('$(CONTOUR_NAMESPACE)', namespace)
    .replaceAll('activescale-ingest.activescale.svc.cluster.local', '127.0.0.1')
    .replaceAll('port_value: 9000', `port_value: ${ingestPort}`);
}

test('an Envoy of Contour reports load and demand of its clients, and neither for probes and its control plane', async () => {
  await using running = new AsyncDisposableStack();
  const stack = running.use(await startStack());
  const xds = running.use(await startXdsStub());
  const upstream = running.use(await startUpstream());
  const adminPort = await freePort();
  /** As Contour: internal/envoy/v3/bootstrap.go and stats.go, with what comes from its control plane. */
  const amend = ({ static_resources: { listeners, clusters } }: Bootstrap): Bootstrap => ({
    node: { id: pod, cluster: namespace },
    admin: { address: { socket_address: { address: '127.0.0.1', port_value: adminPort } } },
    dynamic_resources: {
      ads_config: {
        api_type: 'DELTA_GRPC',
        transport_api_version: 'V3',
        grpc_services: [{ envoy_grpc: { cluster_name: 'contour' } }],
      },
      lds_config: { ads: {}, resource_api_version: 'V3' },
      cds_config: { ads: {}, resource_api_version: 'V3' },
    },
    static_resources: {
      listeners,
      clusters: [
        ...clusters.filter((cluster) => !JSON.stringify(cluster).includes('envoy_metrics_service')),
        { ...grpcCluster('contour', xds.port), alt_stat_name: 'projectcontour_contour_8001' },
      ],
    },
  });
  const { port, ports } = running.use(
    await startEnvoy({
      pod,
      namespace,
      sinkPort: stack.ingest.grpcPort,
      upstreamPort: upstream.port,
      statPrefix: 'ingress_http',
      clusterName: 'shop_web_80',
      scopes: [{ statPrefix: 'stats', clusterName: 'projectcontour_envoy-admin_9001' }],
      amend,
      configYaml: documentedConfig(stack.ingest.grpcPort),
    }),
  );
  const probes = running.use(constantRate({ port: ports.stats ?? 0, perSecond: 5, path: '/ready' }));
  const { valuesOf } = createReader(stack);
  const loads = async () => {
    const metrics = ['active_requests', 'upstream_active_requests', 'pending_requests'];
    const values = metrics.map(async (name) => (await valuesOf(namespace, name, pod))[pod]);
    return (await Promise.all(values)).join(' ');
  };
  const isIdle = async () => (await loads()) === '0 0 0' && probes.report.answered >= 20;
  await until(isIdle, { what: 'an Envoy that is idle but for probes', deadline: 60_000 });
  assert.equal(xds.streams(), 1);
  running.use(holdOpen({ port, count: 3 }));
  await until(async () => (await loads()) === '3 3 0', { what: 'the load of three requests' });
  const isDemand = async () => (await demandOf(stack.query, 'shop', 'web', 'demand_active_requests')) === 3;
  await until(isDemand, { what: 'the demand of three requests' });
});
