import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { ClusterOptions, RedisOptions } from 'iovalkey';
import type { StoreOptions } from './types.ts';

export const DEFAULT_COMMAND_TIMEOUT = 1_000;
const CONNECT_TIMEOUT = 2_000;
/** Longer would be how long a number stays old after an outage; a few hundred clients are no load at this pace. */
const LONGEST_BACK_OFF = 500;

/** What of the options can change while we run, read from its files. */
export interface Credentials {
  readonly username?: string;
  readonly password?: string;
  readonly tls?: ConnectionOptions;
}

/** Reads the files that `options` names. Throws what `fs` throws. */
export function readCredentials({ username, passwordFile, tls }: StoreOptions): Credentials {
  return {
    ...(username === undefined ? {} : { username }),
    ...(passwordFile === undefined ? {} : { password: readFileSync(passwordFile, 'utf8').trimEnd() }),
    ...(tls === undefined
      ? {}
      : {
          tls: {
            rejectUnauthorized: !tls.insecure,
            ...(tls.caFile === undefined ? {} : { ca: readFileSync(tls.caFile) }),
            ...(tls.certFile === undefined ? {} : { cert: readFileSync(tls.certFile) }),
            ...(tls.keyFile === undefined ? {} : { key: readFileSync(tls.keyFile) }),
          },
        }),
  };
}

/** What is left of the credentials while their files cannot be read. Never less than TLS where TLS was asked for. */
export function withoutFiles({ username, tls }: StoreOptions): Credentials {
  return {
    ...(username === undefined ? {} : { username }),
    ...(tls === undefined ? {} : { tls: { rejectUnauthorized: !tls.insecure } }),
  };
}

/** Doubles from 50 ms to 500 ms; half of it at random, so that a thousand clients do not come back in step. */
export function backOff(attempt: number): number {
  const full = Math.min(LONGEST_BACK_OFF, 50 * 2 ** Math.min(attempt - 1, 10));
  return Math.round(full / 2 + (Math.random() * full) / 2);
}

/**
 * What holds for every connection: nothing waits for a server that is away, nothing is sent twice, and a peer that
 * does not answer is left (iovalkey alone would keep its socket until the kernel gives up, after 15 minutes).
 */
export function nodeOptions(options: StoreOptions, credentials: Credentials): RedisOptions {
  const { commandTimeout = DEFAULT_COMMAND_TIMEOUT } = options;
  return {
    ...credentials,
    connectionName: options.clientName,
    connectTimeout: CONNECT_TIMEOUT,
    commandTimeout,
    // Above the command's own time-out, so that a command tells which one it was.
    socketTimeout: commandTimeout + 100,
    disconnectTimeout: 100,
    keepAlive: 10_000,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    maxLoadingRetryTime: 1_000,
    // Both families as the resolver gives them, rather than IPv4 first and another one at each attempt.
    family: 0,
    familyFallback: { enabled: false },
  };
}

/** Options of iovalkey for one server, named or found by the sentinels. `retryStrategy` and `reconnectOnError` are the caller's. */
export function serverOptions(options: StoreOptions, credentials: Credentials): RedisOptions {
  const common = nodeOptions(options, credentials);
  const [first] = options.addresses;
  if (first === undefined) throw new TypeError('addresses: expected at least one');
  if (options.mode !== 'sentinel') return { ...common, host: first.host, port: first.port };
  if (options.sentinelName === undefined) throw new TypeError('sentinelName: needed with mode sentinel');
  return {
    ...common,
    sentinels: options.addresses.map(({ host, port }) => ({ host, port })),
    name: options.sentinelName,
    sentinelRetryStrategy: backOff,
    sentinelCommandTimeout: options.commandTimeout ?? DEFAULT_COMMAND_TIMEOUT,
    ...(credentials.tls === undefined
      ? {}
      : { sentinelTLS: credentials.tls, enableTLSForSentinelMode: true }),
  };
}

/** Options of iovalkey for a cluster. `clusterRetryStrategy` is the caller's. */
export function clusterOptions(options: StoreOptions, credentials: Credentials): ClusterOptions {
  return {
    redisOptions: nodeOptions(options, credentials),
    enableOfflineQueue: false,
    slotsRefreshTimeout: options.commandTimeout ?? DEFAULT_COMMAND_TIMEOUT,
    slotsRefreshInterval: 2_000,
    // Names must stay names: a node's certificate is checked against them.
    dnsLookup: (address, callback) => callback(null, address),
  };
}
