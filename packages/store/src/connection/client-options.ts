import type { ClusterOptions, RedisOptions } from 'iovalkey';
import type { StoreOptions } from '../types.ts';
import type { Credentials } from './credentials.ts';

export const DEFAULT_COMMAND_TIMEOUT = 1_000;
const CONNECT_TIMEOUT = 2_000;
/** Longer would be how long a number stays old after an outage; a few hundred clients are no load at this pace. */
const LONGEST_BACK_OFF = 500;

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
    // iovalkey's check is INFO, which a server need not have: see readiness.ts.
    enableReadyCheck: false,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    // Both families as the resolver gives them, rather than IPv4 first and another one at each attempt.
    family: 0,
    familyFallback: { enabled: false },
  };
}

/** The same where the caller connects, once for each call of `connect()`. */
export function callerConnects(options: StoreOptions, credentials: Credentials): RedisOptions {
  return { ...nodeOptions(options, credentials), lazyConnect: true, retryStrategy: () => null };
}

/** Options of iovalkey for a cluster. `clusterRetryStrategy` is the caller's. */
export function clusterOptions(options: StoreOptions, credentials: Credentials): ClusterOptions {
  return {
    redisOptions: nodeOptions(options, credentials),
    // iovalkey's check is CLUSTER INFO.
    enableReadyCheck: false,
    enableOfflineQueue: false,
    slotsRefreshTimeout: options.commandTimeout ?? DEFAULT_COMMAND_TIMEOUT,
    slotsRefreshInterval: 2_000,
    // Names must stay names: a node's certificate is checked against them.
    dnsLookup: (address, callback) => callback(null, address),
  };
}
