import type { FullMatch, ProxyType } from '@activescale/protocol/envoy';
import { isClusterPlumbing, isHttpPlumbing } from './plumbing.ts';

/**
 * How a scope of a proxy's stats, an HTTP connection manager or a cluster, relates to the pod.
 * - `own`: its requests are the pod's load.
 * - `foreign`: they are not: requests of the proxy itself, such as those to its control plane, about its health
 *   and its stats, and requests that the pod sends.
 * - `egress`: requests that the pod sends, according to the name of the scope only.
 * - `candidate`: a cluster that may be the application.
 * - `demand`: a cluster of a destination that does not count as the pod's load.
 * - `unrecognized`: unknown.
 */
export type Role = 'own' | 'foreign' | 'egress' | 'candidate' | 'demand' | 'unrecognized';

/** Classifies scopes by their names without prefix and delimiter. */
export interface LoadRules {
  http(scope: string): Role;
  cluster(name: string): Role;
  /** Whether a cluster is the proxy's own, whatever the pod declares. */
  isPlumbing(cluster: string): boolean;
}

/** @param declared the scopes that are declared as the pod's load, instead of all other rules */
export function loadRules(proxy: ProxyType, declared: FullMatch | undefined): LoadRules {
  if (declared === undefined) return RULES[proxy];
  const role = (scope: string): Role => (declared(scope) ? 'own' : 'foreign');
  return { http: role, cluster: role, isPlumbing: RULES[proxy].isPlumbing };
}

/** Istio up to 1.22 has a cluster for each address family (istio/istio#51503 merged them). */
const PASSTHROUGH = /^InboundPassthroughCluster(Ipv[46])?$/;

/** Names that show the direction of requests; Consul calls the listener of a service `upstream.<service>`. */
const HTTP_EGRESS = /(^|[._-])(egress|outbound)([._-]|$)|^upstream[._]/i;
const CLUSTER_EGRESS =
  /(^|[._|-])(egress|outbound)([._|-]|$)|^([^.]+\.){3,5}internal(-v\d+)?(\.[^.]+\.consul)?$/i;
const CLUSTER_INGRESS = /(^|[._|-])(ingress|inbound|local|localhost)([._|-]|$)/i;

function isOutbound(scope: string): boolean {
  return scope.startsWith('outbound_') || scope === 'PassthroughCluster';
}

/** No cluster that Istio names as a destination. */
const isNoPlumbing = (): boolean => false;

const RULES: Readonly<Record<ProxyType, LoadRules>> = {
  sidecar: {
    http(scope) {
      if (scope.startsWith('inbound_') || PASSTHROUGH.test(scope)) return 'own';
      return isOutbound(scope) || isHttpPlumbing(scope) ? 'foreign' : 'unrecognized';
    },
    cluster: (name) => (name.startsWith('inbound|') || PASSTHROUGH.test(name) ? 'own' : 'foreign'),
    isPlumbing: isNoPlumbing,
  },
  router: {
    http: (scope) => (isHttpPlumbing(scope) ? 'foreign' : 'own'),
    cluster: (name) => (name.startsWith('outbound|') || name.startsWith('outbound_.') ? 'own' : 'foreign'),
    isPlumbing: isNoPlumbing,
  },
  waypoint: {
    http(scope) {
      if (scope.startsWith('inbound_')) return 'own';
      return isHttpPlumbing(scope) ? 'foreign' : 'unrecognized';
    },
    cluster: (name) => (name.startsWith('inbound-vip|') ? 'own' : 'foreign'),
    isPlumbing: isNoPlumbing,
  },
  other: {
    http(scope) {
      if (isHttpPlumbing(scope)) return 'foreign';
      return HTTP_EGRESS.test(scope) ? 'egress' : 'own';
    },
    cluster(name) {
      if (isClusterPlumbing(name)) return 'foreign';
      if (CLUSTER_EGRESS.test(name)) return 'egress';
      return CLUSTER_INGRESS.test(name) ? 'own' : 'candidate';
    },
    isPlumbing: isClusterPlumbing,
  },
};
