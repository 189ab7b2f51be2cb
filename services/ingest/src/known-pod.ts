import { claimOf, decodeIdentifier, identify, type PodClaim, passesRules } from '@activescale/protocol/envoy';
import { declaredScopes } from './flush/declared-scopes.ts';
import type { KnownStats } from './flush/known-stats.ts';
import type { Patterns } from './flush/patterns.ts';
import { type ScopeRules, scopeRules } from './flush/scopes.ts';
import { createVisibility, type Visibility } from './flush/visibility.ts';
import { type StreamPod, streamPod } from './stream-pod.ts';

/** A stream whose node has identified its pod. */
export interface KnownPod {
  readonly pod: StreamPod;
  readonly rules: ScopeRules;
  readonly visibility: Visibility;
  readonly isDeclared: boolean;
}

/** How the pod of a stream, and what counts of its stats, are found out. */
export interface KnownPodOptions {
  readonly metricName: string | undefined;
  /** The pods' scopes declared by a setting; a pod's own declaration takes precedence. */
  readonly ownScopes: string | undefined;
  /** The expressions in the node's metadata, within the time budget of its address. */
  readonly patterns: Patterns;
  readonly stats: KnownStats;
  /**
   * Decides whether this peer may push for the pod, before anything else of its node is read.
   * @returns the verified address of its connection, '' if none is required
   * @throws PeerError if it may not
   */
  verify(pod: PodClaim): string;
}

/**
 * Reads the identifier of a stream: first the fields for the peer check, and the rest once that has passed.
 * @returns undefined if the node names no pod
 * @throws EnvoyError, PeerError
 */
export function knownPod(
  identifier: Buffer,
  { verify, patterns, stats, ownScopes, metricName }: KnownPodOptions,
): KnownPod | undefined {
  const node = decodeIdentifier(identifier);
  const claim = claimOf(node);
  if (claim === undefined) return undefined;
  const verifiedIp = verify(claim);
  const identity = identify(node, claim);
  const { proxy, statsRules, istioVersion, ip, otherIps } = identity;
  const expression = identity.declaredScopes || ownScopes;
  const declared = expression === undefined ? undefined : declaredScopes(expression, patterns);
  const isDeclared = declared !== undefined;
  const filter = statsRules && ((name: string) => passesRules(statsRules, name, patterns.matches));
  return {
    pod: streamPod(identity, verifiedIp),
    rules: scopeRules({ stats, proxy, istioVersion, metricName, declared }),
    visibility: createVisibility({
      naming: { proxy, istioVersion, addresses: [ip, ...otherIps] },
      filter,
      metricName,
      isDeclared,
    }),
    isDeclared,
  };
}
