import {
  claimOf,
  decodeIdentifier,
  identify,
  type PodClaim,
  type ProxyType,
  passesRules,
  scopeDelimiter,
} from '@activescale/protocol/envoy';
import type { KnownDemand } from './demand/source-demand.ts';
import { declaredScopes } from './flush/declared-scopes.ts';
import type { ClusterTargets } from './flush/demand/cluster-targets.ts';
import { clusterFilter } from './flush/demand/sent-stats.ts';
import type { KnownStats } from './flush/known-stats.ts';
import type { PatternCache } from './flush/patterns.ts';
import { type ScopeRules, scopeRules } from './flush/scopes.ts';
import { createVisibility, type Visibility } from './flush/visibility.ts';
import type { Peer } from './identity/peer-check.ts';
import { type StreamPod, streamPod } from './stream-pod.ts';

/** A stream whose node has identified its pod. */
export interface KnownPod {
  readonly pod: StreamPod;
  readonly rules: ScopeRules;
  readonly visibility: Visibility;
  readonly isDeclared: boolean;
  /** undefined: it does not report demand. */
  readonly demand: KnownDemand | undefined;
}

/**
 * Which proxies report demand: those in front of other pods (`gateways`: Istio's gateways and waypoints, and Envoys
 * without Istio), sidecars too (`all`), or none.
 */
export type DemandFrom = 'gateways' | 'all' | 'off';

export interface DemandOptions {
  readonly from: DemandFrom;
  readonly targets: ClusterTargets;
  /** Whether a pod that passed the peer check may report demand for every namespace. */
  reportsAll(pod: PodClaim): boolean;
}

/** The client of a stream. */
export interface Client {
  readonly peer: Peer;
  /** Streams with the same group share their limits. */
  readonly group: string;
}

/** How the pod of a stream, and what counts of its stats, are found out. Shared by all streams. */
export interface KnownPodOptions {
  readonly metricName: string | undefined;
  /** The pods' scopes declared by a setting; a pod's own declaration takes precedence. */
  readonly ownScopes: string | undefined;
  /** The expressions in nodes' metadata, within the time budgets of their clients. */
  readonly patterns: PatternCache;
  readonly stats: KnownStats;
  readonly demand: DemandOptions;
  /**
   * Decides whether this peer may push for the pod, before anything else of its node is read.
   * @returns the verified address of its connection, '' if none is required
   * @throws PeerError if it may not
   */
  verify(peer: Peer, pod: PodClaim): string;
}

/**
 * Reads the identifier of a stream: first the fields for the peer check, and the rest once that has passed.
 * @returns undefined if the node names no pod
 * @throws EnvoyError, PeerError
 */
export function knownPod(
  identifier: Buffer,
  { peer, group }: Client,
  options: KnownPodOptions,
): KnownPod | undefined {
  const { stats, ownScopes, metricName, demand } = options;
  const node = decodeIdentifier(identifier);
  const claim = claimOf(node);
  if (claim === undefined) return undefined;
  const verifiedIp = options.verify(peer, claim);
  const patterns = options.patterns.of(group);
  const identity = identify(node, claim);
  const { proxy, statsRules, istioVersion, ip, otherIps } = identity;
  const expression = identity.declaredScopes || ownScopes;
  const declared = expression === undefined ? undefined : declaredScopes(expression, patterns);
  const isDeclared = declared !== undefined;
  const filter = statsRules && ((name: string) => passesRules(statsRules, name, patterns.matches));
  const hasDemand = metricName === undefined && reportsDemand(demand.from, proxy);
  const targets = hasDemand ? demand.targets.forStream(identity, patterns) : undefined;
  return {
    pod: streamPod(identity, verifiedIp),
    rules: scopeRules({ stats, proxy, istioVersion, metricName, declared, targets }),
    visibility: createVisibility({
      naming: { proxy, istioVersion, addresses: [ip, ...otherIps] },
      filter,
      metricName,
      isDeclared,
    }),
    isDeclared,
    demand: hasDemand
      ? {
          reportsAll: demand.reportsAll(claim),
          filter: filter && clusterFilter(filter),
          delimiter: scopeDelimiter({ proxy, istioVersion }),
        }
      : undefined,
  };
}

function reportsDemand(from: DemandFrom, proxy: ProxyType): boolean {
  return from === 'all' || (from === 'gateways' && proxy !== 'sidecar');
}
