import type { ScopeCheckpoint } from '@activescale/protocol/record';
import type { ClusterStats } from '../flush/clusters/cluster-stats.ts';
import { NO_OBSERVATION } from '../history/estimator.ts';

/** A cluster that begins to count, and of which some stats arrived before. */
export interface JoiningCluster {
  readonly name: string;
  /** As the last flush had it; undefined: that is not known, and its counters may be old. */
  readonly before: ScopeCheckpoint | undefined;
}

/** The clusters of a stream of which only stats of some requests have arrived, so that they do not count. */
export interface PartialClusters {
  /** A cluster does not count in a flush of this consecutive number. */
  put(cluster: ClusterStats, flush: number): void;
  /** A cluster counts. @returns undefined: it did not arrive before, or counted */
  take(name: string, flush: number): JoiningCluster | undefined;
  /** The approximate memory that they take, in bytes. */
  held(): number;
}

/** Not the whole cluster, whose durations may be large. */
interface Entry {
  /** Number of the last flush that mentioned it. */
  readonly flush: number;
  /** Its counters in that flush; missing ones were 0: they arrive once they are used. */
  readonly completed: number;
  readonly errors: number;
}

/** The counters of a cluster, and its name. */
const ENTRY_BYTES = 300;

/** @param limit of their number; what is beyond it is forgotten */
export function createPartialClusters(limit: number): PartialClusters {
  const entries = new Map<string, Entry>();
  return {
    put({ name, completed = 0, errors = 0 }, flush) {
      if (entries.has(name) || entries.size < limit) entries.set(name, { flush, completed, errors });
    },
    take(name, flush) {
      const entry = entries.size === 0 ? undefined : entries.get(name);
      if (entry === undefined) return undefined;
      entries.delete(name);
      // A stream's first flush may be the rest of one, and a late part is one of the same flush.
      const isKnown = entry.flush > 1 && entry.flush === flush - 1;
      return { name, before: isKnown ? checkpointOf(name, entry) : undefined };
    },
    held: () => ENTRY_BYTES * entries.size,
  };
}

function checkpointOf(name: string, { completed, errors }: Entry): ScopeCheckpoint {
  const unused = { active: 0, upgrades: 0, started: 0, reset: 0, estimator: NO_OBSERVATION };
  return { name, completed, errors, ...unused };
}
