import { HISTOGRAM } from '@activescale/protocol/envoy';
import type { Target } from './demand/cluster-targets.ts';
import type { Signal } from './envoy-stats.ts';
import type { Role } from './load/own-load.ts';
import type { RememberedName } from './name-memory.ts';

/** A relevant family: its stat, and its scope. */
export interface Signalled {
  readonly signal: Signal;
  /** An HTTP connection manager, a cluster, or '' for the proxy as a whole. */
  readonly scope: string;
  readonly role: Role;
  /** The beginning of the names of the scope's stats, as in the proxy's stats filter. */
  readonly prefix: string;
  /** Of a sidecar's HTTP scope or cluster, as its name has it; '' for any other. */
  readonly port: string;
  /** Where the requests of a cluster go, if its stream reports demand. */
  readonly target: Target;
}

/** A stat's name with its meaning and scope, by the type of its family: Envoy sends histograms in two types. */
export interface KnownStat extends RememberedName {
  /** null: irrelevant; undefined: not known yet. */
  readonly signals: (Signalled | null | undefined)[];
}

/** The stats of all streams. Pods of a workload name the same ones: they are kept once, not once for each stream. */
export interface KnownStats {
  /** @param rules what decides about the stat: streams with equal rules share it */
  of(rules: string, name: string): KnownStat;
  /** One string for all stats of a scope, because identical strings are compared fastest. */
  scope(name: string): string;
}

/** Beyond this number all are forgotten: streams keep what they have. */
const MAX_STATS = 16_384;

export function createKnownStats(): KnownStats {
  const byRules = new Map<string, Map<string, KnownStat>>();
  const scopes = new Map<string, string>();
  let count = 0;
  return {
    of(rules, name) {
      const known = byRules.get(rules)?.get(name);
      if (known !== undefined) return known;
      if (count === MAX_STATS) {
        byRules.clear();
        scopes.clear();
        count = 0;
      }
      const stats = byRules.get(rules) ?? new Map<string, KnownStat>();
      byRules.set(rules, stats);
      const stat = { name, utf8: Buffer.from(name), signals: new Array(HISTOGRAM + 1).fill(undefined) };
      stats.set(name, stat);
      count++;
      return stat;
    },
    scope(name) {
      const known = scopes.get(name);
      if (known !== undefined) return known;
      if (scopes.size < MAX_STATS) scopes.set(name, name);
      return name;
    },
  };
}
