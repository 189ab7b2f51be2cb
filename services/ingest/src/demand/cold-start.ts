import type { ClusterStats } from '../flush/clusters/cluster-stats.ts';

/** The state from which the cold starts of a destination are detected. Cumulative counters are those of the last flush. */
export interface ColdStartState {
  readonly noEndpoint: number;
  readonly answered: number;
  /** Arrival of the flush with the first request that found no endpoint, in ms of our clock; undefined: none since the last success. */
  readonly since: number | undefined;
}

export const NEVER_COLD: ColdStartState = { noEndpoint: 0, answered: 0, since: undefined };

/** The state after one more flush, and the cold start that ended in it. */
export interface ColdStart {
  readonly state: ColdStartState;
  /** From the first request that found no endpoint to the first success, in ms, to within a flush; undefined: none ended. */
  readonly took: number | undefined;
}

/**
 * @param isFirst nothing is known of the counters before this flush
 * @param areDeltas the sink reports increments
 */
export function coldStartOf(
  before: ColdStartState,
  clusters: readonly ClusterStats[],
  arrival: number,
  { isFirst, areDeltas }: { readonly isFirst: boolean; readonly areDeltas: boolean },
): ColdStart {
  let [noEndpoint, answered] = [0, 0];
  for (const cluster of clusters) {
    noEndpoint += cluster.unhealthy ?? 0;
    answered += Math.max(0, (cluster.completed ?? 0) - (cluster.errors ?? 0));
  }
  const isKnown = areDeltas || !isFirst;
  const foundNone = isKnown && hasRisen(noEndpoint, areDeltas ? 0 : before.noEndpoint);
  const hasSucceeded = isKnown && hasRisen(answered, areDeltas ? 0 : before.answered);
  const since = before.since ?? (foundNone ? arrival : undefined);
  if (since === undefined || !hasSucceeded)
    return { state: { noEndpoint, answered, since }, took: undefined };
  return { state: { noEndpoint, answered, since: undefined }, took: arrival - since };
}

/** A counter that has fallen was reset. */
function hasRisen(value: number, before: number): boolean {
  return value > (value < before ? 0 : before);
}
