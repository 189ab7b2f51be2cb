import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { discoveryResponse, httpListener, watchedCluster } from './bootstrap.ts';
import { type Envoy, startEnvoy } from './envoy.ts';
import type { EnvoyOptions } from './options.ts';

/** A Service behind a gateway. */
export interface GatewayDestination {
  /** Requests whose path begins with `/<path>/` go there, without that part of the path. */
  readonly path: string;
  /** The stat name of its cluster, e.g. `outbound|80||web.shop.svc.cluster.local;`. */
  readonly cluster: string;
  /** Ports of its servers on 127.0.0.1. */
  readonly endpoints: readonly number[];
}

export interface GatewayOptions extends Omit<EnvoyOptions, 'upstreamPort' | 'clusterName' | 'scopes'> {
  readonly destinations: readonly GatewayDestination[];
}

export interface Gateway extends Envoy {
  /**
   * Replaces the servers of a destination, as a control plane does when pods start and end. Without servers, Envoy answers
   * with 503.
   */
  setEndpoints(path: string, endpoints: readonly number[]): Promise<void>;
}

const LISTENER = 'outbound_0.0.0.0_8080;';

/**
 * A real Envoy in front of several Services: an ingress gateway, unless the options have another type. It reads their
 * endpoints from files, which it watches (PathConfigSource in envoy/config/core/v3/config_source.proto).
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { destinations, statPrefix = LISTENER } = options;
  await using starting = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'gateway-'));
  starting.defer(() => rm(folder, { recursive: true }));

  const setEndpoints = async (path: string, endpoints: readonly number[]) => {
    const destination = destinations.find((each) => each.path === path);
    if (destination === undefined) throw new Error(`the gateway has no destination ${path}`);
    const file = fileOf(folder, path);
    // Envoy reloads a file when another file is moved to its place, so it never reads an incomplete one.
    await writeFile(`${file}.new`, JSON.stringify(discoveryResponse(destination.cluster, endpoints)));
    await rename(`${file}.new`, file);
  };
  for (const { path, endpoints } of destinations) await setEndpoints(path, endpoints);

  const routes = destinations.map(({ path, cluster }) => ({
    match: { prefix: `/${path}/` },
    route: { cluster, prefix_rewrite: '/', timeout: '0s' },
  }));
  const served = {
    listeners: [httpListener(statPrefix, routes)],
    clusters: destinations.map(({ path, cluster }) => watchedCluster(cluster, fileOf(folder, path))),
  };
  const envoy = starting.use(
    await startEnvoy({ type: 'router', ...options, statPrefix, upstreamPort: 0 }, served),
  );
  const started = starting.move();
  const stop = () => started.disposeAsync();
  return { ...envoy, setEndpoints, stop, [Symbol.asyncDispose]: stop };
}

function fileOf(folder: string, path: string): string {
  return join(folder, `${path}.json`);
}
