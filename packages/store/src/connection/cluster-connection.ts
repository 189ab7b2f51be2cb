import { Cluster, type Redis } from 'iovalkey';
import type { StoreOptions } from '../types.ts';
import { backOff, clusterOptions } from './client-options.ts';
import type { Credentials } from './credentials.ts';
import { hashSlot } from './hash-slot.ts';
import type { ConnectionEvents, Opened } from './opened.ts';

/**
 * Interval in which the map of hash slots is read, in ms. iovalkey's slotsRefreshInterval is not used, because its timer never
 * stops if the client disconnects while the map is read (its cluster/index.js, resetNodesRefreshInterval).
 */
const REFRESH_MS = 2_000;

/** Connects to all primaries of a cluster, and follows its map of hash slots. */
export function openCluster(
  options: StoreOptions,
  credentials: () => Credentials,
  { lost }: ConnectionEvents,
): Opened {
  const { redisOptions = {}, ...settings } = clusterOptions(options, credentials());
  const reread = () => void Object.assign(redisOptions, credentials());
  let closed = false;
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
  // iovalkey replaces a lost node instead of reconnecting it, with these options, and only at its first
  // command.
  client.on('-node', reread);
  client.on('+node', (node: Redis) => {
    if (node.options.readOnly !== true) node.connect().catch(() => {}); // reported as 'node error'
  });
  // iovalkey gives up if it cannot create a socket (an invalid certificate).
  client.on('end', () => {
    if (closed) return;
    lost();
    setTimeout(() => {
      if (closed) return;
      reread();
      client.connect().catch(() => {}); // reported by its 'close' and 'end'
    }, backOff(6)).unref();
  });
  const refresh = setInterval(() => {
    if (client.status === 'ready') client.refreshSlotsCache();
  }, REFRESH_MS).unref();
  return {
    client,
    nodeOf(key) {
      const [primary] = client.slots[hashSlot(key)] ?? [];
      return client.nodes('master').find(({ options: { host, port } }) => `${host}:${port}` === primary);
    },
    primaries: () => client.nodes('master'),
    refresh: () => client.refreshSlotsCache(),
    proved() {},
    close() {
      closed = true;
      clearInterval(refresh);
      client.disconnect();
    },
  };
}
