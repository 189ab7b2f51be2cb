import {
  anyScopes,
  CLUSTER_STATS,
  HTTP_STATS,
  type Naming,
  possibleScopes,
  STAT_SUFFIX,
} from '@activescale/protocol/envoy';
import { ALL_STATS, STAT, type StatSet } from '@activescale/protocol/record';

/** What would arrive of a proxy if it were there, as far as the stats filter in its metadata shows. */
export interface Visibility {
  readonly filterShown: boolean;
  /** The stats that pass of the HTTP scope or cluster whose stat names begin with `prefix`. */
  passing(prefix: string): StatSet;
  /** The stats that are 0 of a pod of which no HTTP scope arrives: those whose every request would have been seen. */
  whenIdle(): StatSet;
}

/** Whether a stat passes the filter that the metadata shows; undefined: not known at the moment. */
export type ShownFilter = (name: string) => boolean | undefined;

export interface VisibilityOptions {
  readonly naming: Naming;
  /** undefined: the metadata shows none. */
  readonly filter: ShownFilter | undefined;
  readonly metricName: string | undefined;
  /** The pod's own scopes are declared, whatever they are called. */
  readonly isDeclared: boolean;
}

/** Scopes of one stream for which the filter was asked; further ones are not real, and nothing is proven for them. */
const MAX_SCOPES = 64;

const NOTHING_SHOWN: Visibility = { filterShown: false, passing: () => 0, whenIdle: () => 0 };

/** Nothing is proven while the filter cannot be evaluated; it is evaluated again later. */
export function createVisibility({ naming, filter, metricName, isDeclared }: VisibilityOptions): Visibility {
  if (filter === undefined) return NOTHING_SHOWN;
  if (metricName !== undefined) {
    const whenIdle = () => (filter(metricName) === true ? STAT.active : 0);
    return { filterShown: true, passing: () => 0, whenIdle };
  }
  const known = new Map<string, StatSet>();
  const scopes = isDeclared ? anyScopes() : possibleScopes(naming);
  let seesAll: boolean | undefined;
  return {
    filterShown: true,
    whenIdle() {
      seesAll ??= seesEach(scopes, filter);
      return seesAll === true ? ALL_STATS : 0;
    },
    passing(prefix) {
      const stats = known.get(prefix);
      if (stats !== undefined) return stats;
      if (known.size === MAX_SCOPES) return 0;
      let passing: StatSet = 0;
      for (const name of prefix.startsWith('http.') ? HTTP_STATS : CLUSTER_STATS) {
        const passes = filter(`${prefix}${STAT_SUFFIX[name]}`);
        if (passes === undefined) return 0;
        if (passes) passing |= STAT[name];
      }
      known.set(prefix, passing);
      return passing;
    },
  };
}

/** Whether a request in any of the scopes would be visible. A scope without any request has no other request stat either. */
function seesEach(scopes: readonly string[], filter: ShownFilter): boolean | undefined {
  for (const prefix of scopes) {
    const seen = [STAT_SUFFIX.active, STAT_SUFFIX.started].map((suffix) => filter(`${prefix}${suffix}`));
    if (seen.includes(true)) continue;
    return seen.includes(undefined) ? undefined : false;
  }
  return true;
}
