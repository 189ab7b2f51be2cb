import type { ProxyType } from '@activescale/protocol/envoy';
import type { ClusterStats, Flush } from '../flush.ts';

/**
 * The clusters that hold the pod's own load at a flush.
 * @param mayHideEgress the pod may have listeners for what it sends that the stats filter hides
 * @returns undefined where that is not known: the stats of clusters are filtered, or renamed (meshConfig's
 *   inboundClusterStatName), or cannot be told from those of what the pod itself calls
 */
export function loadClusters(
  proxy: ProxyType,
  isDeclared: boolean,
  flush: Flush,
  plumbing: ReadonlySet<string>,
  mayHideEgress: boolean,
): readonly ClusterStats[] | undefined {
  const clusters = flush.clusters.all;
  const own = clusters.every(isOwn) ? clusters : clusters.filter(isOwn);
  if (proxy === 'sidecar' && !isDeclared) return haveEachTheirs(flush, own) ? own : undefined;
  if (proxy !== 'other' || isDeclared || flush.strangers.egress || mayHideEgress)
    return own.length > 0 ? own : undefined;
  const used = clusters.filter(
    ({ role, name }) => (role === 'own' || role === 'candidate') && !plumbing.has(name),
  );
  return used.length > 0 ? withoutEndless(used, flush) : undefined;
}

function isOwn({ role }: ClusterStats): boolean {
  return role === 'own';
}

/** Each HTTP scope of a sidecar forwards to the cluster of its port (Istio pilot/pkg/model/service.go, BuildSubsetKey). */
function haveEachTheirs({ scopes }: Flush, own: readonly ClusterStats[]): boolean {
  if (scopes.all.length === 0) return false;
  const ports = new Set<string>();
  for (const { port } of own) ports.add(port);
  for (const { port } of scopes.all) if (!ports.has(port)) return false;
  return true;
}

/**
 * A cluster none of whose requests has ever ended, or none as far as its stats show, may be control plane, whose streams no
 * client's request stands for. It counts only as far as requests in flight downstream explain it.
 * @returns undefined where the stats filter hides how many of those there are
 */
function withoutEndless(
  clusters: readonly ClusterStats[],
  { scopes }: Flush,
): readonly ClusterStats[] | undefined {
  const endless = clusters.filter(isEndless);
  if (endless.length === 0) return clusters;
  if (scopes.all.some(({ active }) => active === undefined)) return undefined;
  const others = clusters.filter((cluster) => !isEndless(cluster));
  const explained = Math.max(0, activeOf(scopes.all) - activeOf(others));
  if (activeOf(endless) <= explained) return clusters;
  return [...others, ...endless.map((each, i) => ({ ...each, active: i === 0 ? explained : 0 }))];
}

function activeOf(all: readonly { readonly active: number | undefined }[]): number {
  return all.reduce((total, { active }) => total + (active ?? 0), 0);
}

function isEndless({ active, started }: ClusterStats): boolean {
  return active !== undefined && active > 0 && (started === undefined || started === active);
}

/** An Envoy has a few clusters for its control plane. Above this number new ones are not remembered. */
const MAX_PLUMBING = 256;

/** Clusters that hold streams of the proxy's own, as a plain Envoy's flushes show. */
export interface Plumbing {
  readonly clusters: ReadonlySet<string>;
  /** Those that had requests at the last flush although nothing was in flight downstream. */
  readonly suspects: ReadonlySet<string>;
}

export const NO_PLUMBING: Plumbing = { clusters: new Set(), suspects: new Set() };

/**
 * What is in flight in a cluster while no client has a request in flight, at two flushes in a row as the gauges of one are
 * not read at the same instant, is of the proxy's own.
 */
export function learnPlumbing(before: Plumbing, { scopes, strangers, clusters }: Flush): Plumbing {
  const isIdle =
    scopes.all.length > 0 &&
    scopes.all.every(({ active }) => active === 0) &&
    strangers.active === 0 &&
    !strangers.unrecognized;
  if (!isIdle) return before.suspects.size === 0 ? before : { ...before, suspects: new Set() };
  const busy = clusters.all.filter(
    ({ active, name }) => active !== undefined && active > 0 && !before.clusters.has(name),
  );
  if (busy.length === 0) return before.suspects.size === 0 ? before : { ...before, suspects: new Set() };
  const names = busy.map(({ name }) => name);
  const sure = names
    .filter((name) => before.suspects.has(name))
    .slice(0, MAX_PLUMBING - before.clusters.size);
  return {
    clusters: sure.length === 0 ? before.clusters : new Set([...before.clusters, ...sure]),
    suspects: new Set(names.slice(0, MAX_PLUMBING)),
  };
}
