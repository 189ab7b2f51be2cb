import { claimOf, decodeIdentifier, identify, passesRules } from '@activescale/protocol/envoy';
import { declaredScopes } from './flush/declared-scopes.ts';
import { type ScopeRules, scopeRules } from './flush/scopes.ts';
import { createVisibility, type Visibility } from './flush/visibility.ts';
import type { PodStreamOptions } from './pod-stream.ts';
import { type StreamPod, streamPod } from './stream-pod.ts';

/** A stream whose node has named its pod. */
export interface KnownPod {
  readonly pod: StreamPod;
  readonly rules: ScopeRules;
  readonly visibility: Visibility;
  readonly isDeclared: boolean;
}

type Options = Pick<PodStreamOptions, 'verify' | 'patterns' | 'ownScopes' | 'metricName'>;

/**
 * Reads the identifier of a stream: first what the check of its peer needs, and the rest once that has passed.
 * @returns undefined when the node names no pod
 * @throws EnvoyError, PeerError
 */
export function knownPod(
  identifier: Buffer,
  { verify, patterns, ownScopes, metricName }: Options,
  replaced: StreamPod['replaced'],
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
    pod: streamPod(identity, verifiedIp, replaced),
    rules: scopeRules({ proxy, istioVersion, metricName, declared }),
    visibility: createVisibility({
      naming: { proxy, istioVersion, addresses: [ip, ...otherIps] },
      filter,
      metricName,
      isDeclared,
    }),
    isDeclared,
  };
}
