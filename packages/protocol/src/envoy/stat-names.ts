import type { ProxyType } from '../proxy-type.ts';
import type { StatName } from '../stats.ts';

/** The end of a stat's name, after its scope. */
export const STAT_SUFFIX: Readonly<Record<StatName, string>> = {
  active: '.downstream_rq_active',
  started: '.downstream_rq_total',
  completed: '.downstream_rq_completed',
  errors: '.downstream_rq_5xx',
  reset: '.downstream_rq_rx_reset',
  durations: '.downstream_rq_time',
  upstreamActive: '.upstream_rq_active',
  pending: '.upstream_rq_pending_active',
};

/** The stats of an HTTP connection manager. */
export const HTTP_STATS = ['active', 'started', 'completed', 'errors', 'reset', 'durations'] as const;
/** The stats of a cluster. */
export const CLUSTER_STATS = ['upstreamActive', 'pending'] as const;

/** The facts that determine the names of a proxy's scopes. */
export interface Naming {
  readonly proxy: ProxyType;
  /** ISTIO_VERSION, '' unknown. */
  readonly istioVersion: string;
  /** The known addresses of the pod. */
  readonly addresses: readonly string[];
}

/** Examples of ports: a filter that names some ports lets only those pass. */
const PORTS = ['1', '80', '3000', '8080', '65535'];
/** Examples of scopes: of a Gateway's servers with names, and of Envoys that Istio did not configure. */
const ANY_NAME = ['http.a', 'http.ingress_http', 'http.https-shop', 'http.0.0.0.0_3000', 'http.x.y;'];

/** The beginnings of stat names for scopes with arbitrary names. */
export function anyScopes(): readonly string[] {
  return ANY_NAME;
}

/**
 * The beginnings of stat names for the HTTP scopes that a proxy can have (Istio
 * pilot/pkg/networking/core/listener_inbound.go and gateway.go).
 */
export function possibleScopes({ proxy, istioVersion, addresses }: Naming): readonly string[] {
  const isOld = isBefore123(istioVersion);
  const end = scopeDelimiter({ proxy, istioVersion });
  const listeners = (direction: string) =>
    bindsOf(addresses).flatMap((bind) => PORTS.map((port) => `http.${direction}_${bind}_${port}${end}`));
  switch (proxy) {
    case 'sidecar':
      return [
        ...listeners('inbound'),
        ...(isOld
          ? ['http.InboundPassthroughClusterIpv4', 'http.InboundPassthroughClusterIpv6']
          : ['http.InboundPassthroughCluster;']),
      ];
    case 'router':
      return [...listeners('outbound'), ...ANY_NAME];
    case 'waypoint':
      return listeners('inbound');
    case 'other':
      return ANY_NAME;
  }
}

/** The delimiter after the name of a scope or cluster from the control plane. */
export function scopeDelimiter({ proxy, istioVersion }: Pick<Naming, 'proxy' | 'istioVersion'>): ';' | '' {
  return proxy === 'other' || isBefore123(istioVersion) ? '' : ';';
}

/** Wildcard addresses of the pod's address families; Envoy may write `_` for the `:` of a name. */
function bindsOf(addresses: readonly string[]): readonly string[] {
  const known = addresses.filter((address) => address !== '');
  const hasIpv6 = known.some((address) => address.includes(':'));
  const hasIpv4 = known.length === 0 || known.some((address) => !address.includes(':'));
  return [...(hasIpv4 ? ['0.0.0.0'] : []), ...(hasIpv6 ? ['::', '__'] : [])];
}

/**
 * Istio 1.23 ends scopes with `;` (istio/istio#52271) and has one passthrough cluster for both address families
 * (istio/istio#51503). An unknown version counts as newer.
 */
function isBefore123(version: string): boolean {
  const [, major, minor] = /^v?(\d{1,3})\.(\d{1,3})/.exec(version) ?? [];
  return major !== undefined && (Number(major) < 1 || (Number(major) === 1 && Number(minor) < 23));
}
