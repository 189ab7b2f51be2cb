import {
  anyScopes,
  CLUSTER_STATS,
  HTTP_STATS,
  type Naming,
  possibleScopes,
  STAT_SUFFIX,
  type StatsFilter,
} from '@activescale/protocol/envoy';
import { ALL_STATS, STAT, type StatSet } from '@activescale/protocol/record';

/** What would arrive of a proxy if it were there, as far as the stats filter in its metadata shows. */
export interface Visibility {
  readonly filterShown: boolean;
  /** The stats that pass of the HTTP scope or cluster whose stat names begin with `prefix`. */
  passing(prefix: string): StatSet;
  /** The stats that are 0 of a pod of which no HTTP scope arrives: those whose every request would have been seen. */
  readonly whenIdle: StatSet;
}

export interface VisibilityOptions {
  readonly naming: Naming;
  /** undefined: the metadata shows none. */
  readonly filter: StatsFilter | undefined;
  readonly metricName: string | undefined;
  /** The pod's own scopes are declared, whatever they are called. */
  readonly isDeclared: boolean;
}

/** Scopes of one stream for which the filter was asked; more than this are made up, and nothing is proved for them. */
const MAX_SCOPES = 64;

export function createVisibility({ naming, filter, metricName, isDeclared }: VisibilityOptions): Visibility {
  if (filter === undefined) return { filterShown: false, passing: () => 0, whenIdle: 0 };
  if (metricName !== undefined)
    return { filterShown: true, passing: () => 0, whenIdle: filter(metricName) ? STAT.active : 0 };
  const known = new Map<string, StatSet>();
  const scopes = isDeclared ? anyScopes() : possibleScopes(naming);
  // A proxy that never had a request has no other stat of requests either.
  const seesAll = scopes.every(
    (prefix) => filter(`${prefix}${STAT_SUFFIX.active}`) || filter(`${prefix}${STAT_SUFFIX.started}`),
  );
  return {
    filterShown: true,
    whenIdle: seesAll ? ALL_STATS : 0,
    passing(prefix) {
      const stats = known.get(prefix);
      if (stats !== undefined) return stats;
      if (known.size === MAX_SCOPES) return 0;
      const names = prefix.startsWith('http.') ? HTTP_STATS : CLUSTER_STATS;
      const passing = names.filter((name) => filter(`${prefix}${STAT_SUFFIX[name]}`));
      const found = passing.reduce((set: StatSet, name) => set | STAT[name], 0);
      known.set(prefix, found);
      return found;
    },
  };
}
