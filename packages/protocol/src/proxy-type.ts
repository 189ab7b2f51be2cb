/**
 * The kind of Envoy that pushes: the first part of node.id, `other` for an Envoy that Istio did not configure.
 */
export type ProxyType = 'sidecar' | 'router' | 'waypoint' | 'other';

/** All types, in the order of their numbers in a record. */
export const PROXY_TYPES: readonly ProxyType[] = ['sidecar', 'router', 'waypoint', 'other'];

/** The type in node.id (Istio pkg/model/proxy.go, NodeType). */
export function proxyTypeOf(text: string): ProxyType {
  return PROXY_TYPES.find((type) => type === text) ?? 'other';
}

/** The control plane of an Envoy that Istio does not configure, as far as its node shows it. */
export type ControlPlane = 'contour' | 'envoy-gateway' | 'kgateway' | 'unknown';
