export { startCluster, type ValkeyCluster } from './cluster.ts';
export { openAdmin } from './open-store.ts';
export { outcome } from './outcome.ts';
export { PRIMARY_NAME, startOneSentinel, startSentinel, type WatchedPair } from './sentinel.ts';
