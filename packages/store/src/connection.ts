import { Cluster, Command, Redis } from 'iovalkey';
import {
  backOff,
  type Credentials,
  clusterOptions,
  readCredentials,
  serverOptions,
} from './client-options.ts';
import { errorText } from './store-error.ts';
import type { StoreOptions } from './types.ts';

export interface Connection {
  /** For commands that iovalkey may route, and repeat at another node of a cluster. */
  readonly client: Redis | Cluster;
  /** The server that holds `key`; undefined while a cluster's map shows none. */
  nodeOf(key: string): Redis | undefined;
  /** Lets the map of a cluster be read anew, when a node has turned out to be the wrong one. */
  refresh(): void;
  close(): void;
}

export interface ConnectionEvents {
  /** Connected, authenticated, and the server has loaded its data. */
  ready(): void;
  /** Not connected, with the reason. Comes again for every attempt that fails. */
  lost(reason: string): void;
}

/** Connects in the background and again for ever. Never throws for a server that is away, or for a file that is. */
export function openConnection(options: StoreOptions, events: ConnectionEvents): Connection {
  let reason: string | undefined;
  let closed = false;
  const credentials = rereadable(options, (problem) => {
    reason = problem;
  });
  const connection =
    options.mode === 'cluster' ? openCluster(options, credentials) : openServer(options, credentials);
  const { client } = connection;

  client.on('ready', () => {
    reason = undefined;
    events.ready();
  });
  const noteError = (error: unknown): void => {
    reason = errorText(error);
    // The sentinels are asked again and again without the connection ever having been open, hence closed.
    if (client.status === 'connecting' && !closed) events.lost(reason);
  };
  client.on('error', noteError);
  client.on('node error', noteError);
  client.on('close', () => {
    if (!closed) events.lost(reason ?? 'the connection was closed');
  });
  // iovalkey gives up when it cannot even make a socket (a certificate that is none).
  client.on('end', () => {
    if (closed) return;
    events.lost(reason ?? 'the connection was given up');
    setTimeout(() => {
      if (!closed) client.connect().catch(noteError);
    }, backOff(6)).unref();
  });

  return {
    ...connection,
    close() {
      closed = true;
      client.disconnect();
    },
  };
}

function openServer(options: StoreOptions, credentials: () => Credentials): Omit<Connection, 'close'> {
  const client = new Redis({
    ...serverOptions(options, credentials()),
    retryStrategy: (attempt) => {
      Object.assign(client.options, credentials());
      return backOff(attempt);
    },
  });
  return { client, nodeOf: () => client, refresh() {} };
}

function openCluster(options: StoreOptions, credentials: () => Credentials): Omit<Connection, 'close'> {
  const settings = clusterOptions(options, credentials());
  const renew = (): void => {
    Object.assign(settings.redisOptions ?? {}, credentials());
  };
  const client = new Cluster(
    options.addresses.map(({ host, port }) => ({ host, port })),
    {
      ...settings,
      clusterRetryStrategy: (attempt) => {
        renew();
        return backOff(attempt);
      },
    },
  );
  // A node of the pool is not reconnected but made anew, from these options.
  client.on('-node', renew);
  return {
    client,
    nodeOf(key) {
      const [primary] = client.slots[new Command('get', [key]).getSlot()] ?? [];
      return client.nodes('master').find(({ options: { host, port } }) => `${host}:${port}` === primary);
    },
    refresh: () => client.refreshSlotsCache(),
  };
}

/** Reads the files each time; what cannot be read stays as it was, and the problem is told. */
function rereadable(options: StoreOptions, onProblem: (problem: string) => void): () => Credentials {
  let last: Credentials = options.username === undefined ? {} : { username: options.username };
  return () => {
    try {
      last = readCredentials(options);
    } catch (error) {
      onProblem(errorText(error));
    }
    return last;
  };
}
