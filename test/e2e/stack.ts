import {
  type Api,
  type Envoy,
  type EnvoyOptions,
  type Ingest,
  startApi,
  startEnvoy,
  startIngest,
  startUpstream,
  startValkey,
  type Upstream,
  type Valkey,
} from '@activescale/devkit';
import { createQuery, type Query } from './query.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface Stack extends AsyncDisposable {
  readonly valkey: Valkey;
  readonly ingest: Ingest;
  readonly api: Api;
  readonly query: Query;
}

interface StackOptions {
  /** Settings of both services. */
  both?: Env;
  ingest?: Env;
  api?: Env;
  /** Valkey is down when the services start; `valkey.restart()` brings it up. */
  valkeyDown?: boolean;
}

/** The whole path, real: Valkey, ingest, and api without a cluster. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  await using starting = new AsyncDisposableStack();
  const valkey = starting.use(await startValkey());
  if (options.valkeyDown) await valkey.stop();
  const settings = { VALKEY_ADDR: valkey.addr, ...options.both };
  const ingest = starting.use(await startIngest({ ...settings, ...options.ingest }));
  const api = starting.use(await startApi({ ...settings, STANDALONE: 'true', ...options.api }));
  const query = starting.use(createQuery(api.securePort));
  const started = starting.move();
  return { valkey, ingest, api, query, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

export interface Pod extends AsyncDisposable {
  readonly envoy: Envoy;
  readonly upstream: Upstream;
}

/** A separate application behind an Envoy that pushes to `sinkPort`. */
export async function startPod(options: Omit<EnvoyOptions, 'upstreamPort'>): Promise<Pod> {
  await using starting = new AsyncDisposableStack();
  const upstream = starting.use(await startUpstream());
  const envoy = starting.use(await startEnvoy({ ...options, upstreamPort: upstream.port }));
  const started = starting.move();
  return { envoy, upstream, [Symbol.asyncDispose]: () => started.disposeAsync() };
}
