import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Authority,
  type Bootstrap,
  type Envoy,
  freePort,
  startEnvoy,
  startUpstream,
  type Upstream,
} from '@activescale/devkit';
import { parse } from 'yaml';

/** Rendered by Envoy Gateway from the EnvoyProxy of docs/proxies/envoy-gateway.md: test/proxies/rendered.test.ts. */
const RENDERED = join(import.meta.dirname, '../data/proxies/envoy-gateway.yaml');

export interface EnvoyGatewayOptions {
  readonly pod: string;
  readonly namespace: string;
  readonly ingestPort: number;
  /** Port of the control plane on 127.0.0.1. */
  readonly xdsPort: number;
  /** Signs the certificates of the control plane and of Envoy. */
  readonly authority: Authority;
}

export interface EnvoyOfGateway extends AsyncDisposable {
  readonly envoy: Envoy;
  /** The Service web. */
  readonly upstream: Upstream;
  /** Ports of the listeners for requests, for probes, and for scrapes. */
  readonly ports: { readonly requests: number; readonly probes: number; readonly scrapes: number };
}

/** A real Envoy with Envoy Gateway's bootstrap and, in place of what comes from its control plane, a route to a Service. */
export async function startEnvoyOfGateway(options: EnvoyGatewayOptions): Promise<EnvoyOfGateway> {
  await using starting = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'envoy-gateway-'));
  starting.defer(() => rm(folder, { recursive: true }));
  const upstream = starting.use(await startUpstream());
  const rendered = await renderedFor(options, folder, await freePort());
  const envoy = starting.use(
    await startEnvoy({
      pod: options.pod,
      namespace: options.namespace,
      sinkPort: options.ingestPort,
      upstreamPort: upstream.port,
      statPrefix: 'http-80',
      clusterName: 'httproute/shop/web/rule/0',
      amend: (served) => withServed(rendered, served),
    }),
  );
  const portOf = (kind: string) =>
    Object.entries(envoy.ports).find(([name]) => name.includes(`proxy-${kind}-`))?.[1] ?? 0;
  const started = starting.move();
  const ports = { requests: envoy.port, probes: portOf('ready'), scrapes: portOf('stats') };
  return { envoy, upstream, ports, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

/** What kubelet and DNS do in a cluster, and Envoy Gateway's files with certificates. */
async function renderedFor(
  options: EnvoyGatewayOptions,
  folder: string,
  adminPort: number,
): Promise<Bootstrap> {
  const { pod, namespace, ingestPort, xdsPort, authority } = options;
  const secrets = await writeSecrets(authority, folder);
  const variables = { ENVOY_POD_NAME: pod, ENVOY_POD_NAMESPACE: namespace, ENVOY_SERVICE_ZONE: 'zone-1' };
  let text = await readFile(RENDERED, 'utf8');
  for (const [name, value] of Object.entries(variables)) text = text.replaceAll(`$(${name})`, value);
  const ports: Readonly<Record<string, number>> = {
    'envoy-gateway:18000': xdsPort,
    'activescale-ingest.activescale.svc.cluster.local:9000': ingestPort,
    '127.0.0.1:19000': adminPort,
    '0.0.0.0:19001': 0,
  };
  return JSON.parse(JSON.stringify(parse(text)), (key, value) => {
    if (key === 'path' && typeof value === 'string') return secrets[value] ?? value;
    const port = key === 'socket_address' ? ports[`${value.address}:${value.port_value}`] : undefined;
    return port === undefined ? value : { address: '127.0.0.1', port_value: port };
  });
}

/** Envoy reads its secrets from files: envoy/config/core/v3/config_source.proto, PathConfigSource. */
async function writeSecrets(authority: Authority, folder: string): Promise<Readonly<Record<string, string>>> {
  const { cert, key } = await authority.sign({ name: 'envoy', use: 'client' });
  const secret = async (file: string, name: string, value: object) => {
    const path = join(folder, file);
    const type = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';
    await writeFile(path, JSON.stringify({ resources: [{ '@type': type, name, ...value }] }));
    return path;
  };
  const inline = (pem: string) => ({ inline_string: pem });
  return {
    '/sds/xds-certificate.json': await secret('certificate.json', 'xds_certificate', {
      tls_certificate: { certificate_chain: inline(cert), private_key: inline(key) },
    }),
    '/sds/xds-trusted-ca.json': await secret('authority.json', 'xds_trusted_ca', {
      validation_context: { trusted_ca: inline(authority.cert) },
    }),
  };
}

/** The listeners and clusters that Envoy Gateway sends, in the bootstrap. */
function withServed(rendered: Bootstrap, served: Bootstrap): Bootstrap {
  const { listeners, clusters } = rendered.static_resources;
  const [requests] = served.static_resources.listeners;
  const [web] = served.static_resources.clusters;
  return {
    ...rendered,
    // From the command line: --service-node and --service-cluster.
    node: { ...(rendered.node as object), id: 'envoy-shop-public-1', cluster: 'envoy-shop-public' },
    static_resources: {
      listeners: [...(requests ? [requests] : []), readyListener, ...listeners],
      clusters: [...(web ? [web] : []), ...clusters],
    },
  };
}

const filters = 'type.googleapis.com/envoy.extensions.filters';

/** As Envoy Gateway configures it: internal/xds/translator/listener_ready.go. */
const readyListener = {
  name: 'envoy-gateway-proxy-ready-0.0.0.0-19003',
  address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
  bypass_overload_manager: true,
  filter_chains: [
    {
      filters: [
        {
          name: 'envoy.filters.network.http_connection_manager',
          typed_config: {
            '@type': `${filters}.network.http_connection_manager.v3.HttpConnectionManager`,
            stat_prefix: 'eg-ready-http',
            route_config: {
              virtual_hosts: [
                {
                  name: 'ready_route',
                  domains: ['*'],
                  routes: [{ match: { prefix: '/' }, direct_response: { status: 500 } }],
                },
              ],
            },
            http_filters: [
              {
                name: 'envoy.filters.http.health_check',
                typed_config: {
                  '@type': `${filters}.http.health_check.v3.HealthCheck`,
                  pass_through_mode: false,
                  headers: [{ name: ':path', string_match: { exact: '/ready' } }],
                },
              },
              {
                name: 'envoy.filters.http.router',
                typed_config: { '@type': `${filters}.http.router.v3.Router` },
              },
            ],
          },
        },
      ],
    },
  ],
};
