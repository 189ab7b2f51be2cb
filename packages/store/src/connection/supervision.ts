import type { SampledClock } from '../clock.ts';
import { errorText, StoreError, toStoreError } from '../store-error.ts';
import type { StoreOptions, StoreState } from '../types.ts';
import { type Connection, openConnection } from './connection.ts';
import { beatOnce, beginBeats } from './heartbeat.ts';
import { markServers } from './kept-since.ts';
import { probeKey, readinessOf } from './readiness.ts';

/** Interval of TIME, in ms: for the clock, and to detect a server that no longer answers. */
const HEARTBEAT_MS = 500;
/** A server that was not reached within this time after the start is reported, in ms. */
const PATIENCE_MS = 3_000;

/** A connection whose state is known. */
export interface Supervised {
  readonly connection: Connection;
  /** undefined: not known yet. */
  readonly state: StoreState | undefined;
  /** See `Store.firstState`. */
  readonly firstState: Promise<StoreState>;
  /** Why it is down, or was. */
  readonly reason: string;
  readonly isClosed: boolean;
  close(): void;
}

/**
 * Checks each time it is connected whether the server is usable, then reads its time periodically, and reports
 * each change of state.
 * @param onLost called when the connection is lost
 */
export function supervise(options: StoreOptions, clock: SampledClock, onLost: () => void): Supervised {
  const { keyPrefix } = options;
  let state: StoreState | undefined;
  const first = Promise.withResolvers<StoreState>();
  let reason = 'not connected yet';
  let closed = false;
  let heartbeat: NodeJS.Timeout | undefined;
  /** It was up and then down, and the servers were not marked since: what was to be written meanwhile is missing. */
  let hasMissed = false;

  const report = (next: StoreState, why?: string): void => {
    if (why !== undefined) reason = why;
    if (next === state || closed) return;
    if (state === 'up') hasMissed = true;
    state = next;
    options.onState(next, why);
    first.resolve(next);
  };

  const beat = async (read = beatOnce): Promise<void> => {
    try {
      await read(connection, keyPrefix, clock);
      await mark();
      report('up');
    } catch (error) {
      silent(error);
    }
    schedule(() => beat());
  };

  /** Before anything is written. */
  const mark = async (): Promise<void> => {
    const now = clock.now();
    if (options.marksServers !== true || now === undefined) return;
    if (await markServers(connection, keyPrefix, now, hasMissed)) hasMissed = false;
  };

  const silent = (error: unknown): void => {
    // If the connection was closed, the close has the better reason.
    const closing =
      error instanceof StoreError && error.code === 'ERR_STORE_DOWN' && options.mode !== 'cluster';
    if (!closing) report('down', errorText(error));
  };

  const greet = async (): Promise<void> => {
    const node = connection.nodeOf(probeKey(keyPrefix));
    if (node !== undefined) {
      try {
        const readiness = await readinessOf(node, keyPrefix, options.mode !== 'cluster');
        if (!readiness.ready) {
          const { remedy } = readiness;
          // The reply to AUTH is more informative than the reply to a later command, and arrives first.
          const refused = remedy === 'reconnect' ? connection.lastError() : undefined;
          const why = refused ?? readiness.reason;
          report('down', why);
          schedule(remedy === 'wait' ? greet : () => connection.renew(why));
          return;
        }
        connection.proved();
      } catch (error) {
        // In a cluster the other nodes may work without this one: the heartbeat decides.
        if (options.mode !== 'cluster') {
          silent(toStoreError('MGET', error));
          schedule(greet);
          return;
        }
      }
    }
    await beat(beginBeats);
  };

  const schedule = (next: () => unknown): void => {
    clearTimeout(heartbeat);
    if (!closed && connection.client.status === 'ready') heartbeat = setTimeout(next, HEARTBEAT_MS).unref();
  };

  const connection = openConnection(options, {
    ready: () => void greet(),
    lost(why) {
      clearTimeout(heartbeat);
      onLost();
      report('down', why);
    },
  });
  const patience = setTimeout(() => {
    if (state === undefined) report('down', reason);
  }, PATIENCE_MS).unref();

  return {
    connection,
    get state() {
      return state;
    },
    firstState: first.promise,
    get reason() {
      return reason;
    },
    get isClosed() {
      return closed;
    },
    close() {
      closed = true;
      first.resolve('down');
      clearTimeout(heartbeat);
      clearTimeout(patience);
      connection.close();
    },
  };
}
