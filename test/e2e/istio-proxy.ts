import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Bootstrap,
  type Envoy,
  freePort,
  grpcCluster,
  startEnvoy,
  startUpstream,
  type Upstream,
} from '@activescale/devkit';

/** Rendered by Istio's agent from the annotations of docs/proxies/istio.md: test/proxies/rendered.test.ts. */
const folder = join(import.meta.dirname, '../data/proxies');

export interface IstioProxyOptions {
  readonly kind: 'sidecar' | 'gateway' | 'waypoint';
  readonly ingestPort: number;
  /** Port of the control plane on 127.0.0.1. */
  readonly xdsPort: number;
  /** Names of the listener and the cluster in place of what comes from the control plane. */
  readonly statPrefix: string;
  readonly clusterName: string;
}

export interface IstioProxy extends AsyncDisposable {
  readonly envoy: Envoy;
  readonly upstream: Upstream;
  readonly ports: { readonly probes: number; readonly scrapes: number };
}

/** A real Envoy with the bootstrap of a proxy of Istio. */
export async function startIstioProxy(options: IstioProxyOptions): Promise<IstioProxy> {
  const { kind, statPrefix, clusterName, ingestPort } = options;
  await using starting = new AsyncDisposableStack();
  const upstream = starting.use(await startUpstream());
  const rendered = await renderedFor(options, await freePort());
  const envoy = starting.use(
    await startEnvoy({
      pod: kind,
      namespace: 'shop',
      sinkPort: ingestPort,
      upstreamPort: upstream.port,
      statPrefix,
      clusterName,
      amend: (served) => withServed(rendered, served, options.xdsPort),
    }),
  );
  const portOf = (address: string) => envoy.ports[address] ?? 0;
  const started = starting.move();
  const ports = { probes: portOf('0.0.0.0_15021'), scrapes: portOf('0.0.0.0_15090') };
  return { envoy, upstream, ports, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

/** Addresses of this machine, instead of those in a pod. */
async function renderedFor({ kind, ingestPort }: IstioProxyOptions, adminPort: number): Promise<Bootstrap> {
  const ports: Readonly<Record<number, number>> = { 15000: adminPort, 15021: 0, 15090: 0, 9000: ingestPort };
  const text = await readFile(join(folder, `istio-${kind}.json`), 'utf8');
  return JSON.parse(text, (key, value) => {
    const port = key === 'socket_address' ? ports[value.port_value] : undefined;
    return port === undefined ? value : { address: '127.0.0.1', port_value: port };
  });
}

/** What comes from istiod, in the bootstrap. */
function withServed(rendered: Bootstrap, served: Bootstrap, xdsPort: number): Bootstrap {
  const { listeners, clusters } = rendered.static_resources;
  const [requests] = served.static_resources.listeners;
  const [web] = served.static_resources.clusters;
  // The agent's socket leads to istiod.
  const xds = { ...grpcCluster('xds-grpc', xdsPort), alt_stat_name: 'xds-grpc;' };
  const others = clusters.filter((cluster) => (cluster as { name: string }).name !== 'xds-grpc');
  // Istio's build of Envoy has an extension for workloads (istio/proxy, extensions/common), a stock Envoy has not.
  const extensions = (rendered.bootstrap_extensions as { name: string }[]).filter(
    ({ name }) => name !== 'metadata_discovery',
  );
  return {
    ...rendered,
    bootstrap_extensions: extensions,
    static_resources: {
      listeners: [...(requests ? [requests] : []), ...listeners],
      clusters: [...(web ? [web] : []), ...others, xds],
    },
  };
}
