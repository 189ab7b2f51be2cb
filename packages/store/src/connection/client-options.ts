import type { ClusterOptions, RedisOptions } from 'iovalkey';
import type { StoreOptions } from '../types.ts';
import type { Credentials } from './credentials.ts';

export const DEFAULT_COMMAND_TIMEOUT = 1_000;
const CONNECT_TIMEOUT = 2_000;
/** Also the delay after an outage; a few hundred clients cause no load at this rate. */
const MAX_BACK_OFF = 500;

/**
 * Doubles from 50 ms to 500 ms; half of it is random, so that many clients do not reconnect at the same time.
 */
export function backOff(attempt: number): number {
  const full = Math.min(MAX_BACK_OFF, 50 * 2 ** Math.min(attempt - 1, 10));
  return Math.round(full / 2 + (Math.random() * full) / 2);
}

/**
 * Options of every connection: no command waits for a server that is down or is sent twice, and a peer that
 * does not answer is disconnected (iovalkey alone would keep its socket until the kernel gives up, after 15
 * minutes).
 */
export function nodeOptions(options: StoreOptions, credentials: Credentials): RedisOptions {
  const { commandTimeout = DEFAULT_COMMAND_TIMEOUT } = options;
  return {
    ...credentials,
    connectionName: options.clientName,
    connectTimeout: CONNECT_TIMEOUT,
    commandTimeout,
    // Above the command's time-out, so that the error names the command.
    socketTimeout: commandTimeout + 100,
    disconnectTimeout: 100,
    keepAlive: 10_000,
    // iovalkey checks with INFO, which a server need not support: see readiness.ts.
    enableReadyCheck: false,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    // Both address families in the resolver's order, instead of IPv4 first and another one at each attempt.
    family: 0,
    familyFallback: { enabled: false },
  };
}

/** The same, but the caller connects, once for each call of `connect()`. */
export function callerConnects(options: StoreOptions, credentials: Credentials): RedisOptions {
  return { ...nodeOptions(options, credentials), lazyConnect: true, retryStrategy: () => null };
}

/** Options of iovalkey for a cluster. The caller provides `clusterRetryStrategy`. */
export function clusterOptions(options: StoreOptions, credentials: Credentials): ClusterOptions {
  return {
    redisOptions: nodeOptions(options, credentials),
    // iovalkey checks with CLUSTER INFO.
    enableReadyCheck: false,
    enableOfflineQueue: false,
    slotsRefreshTimeout: options.commandTimeout ?? DEFAULT_COMMAND_TIMEOUT,
    // Names must not be resolved: a node's certificate is verified against them.
    dnsLookup: (address, callback) => callback(null, address),
  };
}
