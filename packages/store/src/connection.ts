import { Cluster, Command, Redis } from 'iovalkey';
import {
  backOff,
  type Credentials,
  clusterOptions,
  readCredentials,
  serverOptions,
  withoutFiles,
} from './client-options.ts';
import { errorText } from './store-error.ts';
import type { StoreOptions } from './types.ts';

export interface Connection {
  /** For commands that iovalkey may route, and repeat at another node of a cluster. */
  readonly client: Redis | Cluster;
  /** The primary that holds `key`; undefined while a cluster's map shows none. */
  nodeOf(key: string): Redis | undefined;
  /** All primaries. */
  primaries(): readonly Redis[];
  /** Lets the map of a cluster be read anew, when a node has turned out to be the wrong one. */
  refresh(): void;
  /** Reads the files of the credentials anew, for the next connect. */
  reread(): void;
  /** Ends this connection for the next one, perhaps to another server. */
  renew(reason: string): void;
  close(): void;
}

type Opened = Pick<Connection, 'client' | 'nodeOf' | 'primaries' | 'refresh' | 'reread'>;

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
  const note = (why: string): void => {
    reason = why;
  };
  let fileProblem: string | undefined;
  const credentials = rereadable(options, (problem) => {
    fileProblem = problem;
  });
  const lost = (otherwise: string): void => {
    if (!closed)
      events.lost([fileProblem, reason ?? otherwise].filter((part) => part !== undefined).join('; '));
  };
  const opened =
    options.mode === 'cluster' ? openCluster(options, credentials) : openServer(options, credentials, note);
  const { client } = opened;

  // Not at 'ready': iovalkey says so even where the password was refused, if the default user may ask for INFO.
  client.on('connect', () => {
    reason = undefined;
  });
  client.on('ready', events.ready);
  const noteError = (error: unknown): void => {
    reason = errorText(error);
    // The sentinels are asked again and again without the connection ever having been open, hence closed.
    if (client.status === 'connecting') lost(reason);
  };
  client.on('error', noteError);
  client.on('node error', noteError);
  client.on('close', () => lost('the connection was closed'));
  // iovalkey gives up when it cannot even make a socket (a certificate that is none).
  client.on('end', () => {
    if (closed) return;
    lost('the connection was given up');
    setTimeout(() => {
      if (closed) return;
      opened.reread();
      client.connect().catch(noteError);
    }, backOff(6)).unref();
  });

  return {
    ...opened,
    renew(why) {
      note(why);
      client.disconnect(true);
    },
    close() {
      closed = true;
      client.disconnect();
    },
  };
}

function openServer(
  options: StoreOptions,
  credentials: () => Credentials,
  note: (why: string) => void,
): Opened {
  const reread = () => void Object.assign(client.options, credentials());
  const client = new Redis({
    ...serverOptions(options, credentials()),
    retryStrategy: (attempt) => {
      reread();
      return backOff(attempt);
    },
    // A primary that has become a replica: connect anew, and by Sentinel to the new one.
    reconnectOnError(error) {
      if (!error.message.startsWith('READONLY')) return false;
      note(error.message);
      return true;
    },
  });
  return { client, nodeOf: () => client, primaries: () => [client], refresh() {}, reread };
}

function openCluster(options: StoreOptions, credentials: () => Credentials): Opened {
  const { redisOptions = {}, ...settings } = clusterOptions(options, credentials());
  const reread = () => void Object.assign(redisOptions, credentials());
  const client = new Cluster(
    options.addresses.map(({ host, port }) => ({ host, port })),
    {
      ...settings,
      redisOptions,
      clusterRetryStrategy(attempt) {
        reread();
        return backOff(attempt);
      },
    },
  );
  // A node of the pool is not reconnected but made anew, from these options, and only at its first command.
  client.on('-node', reread);
  client.on('+node', (node: Redis) => {
    if (node.options.readOnly !== true) node.connect().catch(() => {}); // told as 'node error'
  });
  return {
    client,
    nodeOf(key) {
      const [primary] = client.slots[new Command('get', [key]).getSlot()] ?? [];
      return client.nodes('master').find(({ options: { host, port } }) => `${host}:${port}` === primary);
    },
    primaries: () => client.nodes('master'),
    refresh: () => client.refreshSlotsCache(),
    reread,
  };
}

/** Reads the files each time; what cannot be read stays as it was, and the problem is told. */
function rereadable(options: StoreOptions, onRead: (problem: string | undefined) => void): () => Credentials {
  let last = withoutFiles(options);
  return () => {
    try {
      last = readCredentials(options);
      onRead(undefined);
    } catch (error) {
      onRead(errorText(error));
    }
    return last;
  };
}
