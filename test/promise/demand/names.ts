import type { DestinationKind } from '@activescale/protocol/record';
import type { Place, ProxyKind } from '../envoy/names.ts';

// How control planes name the clusters of their gateways, written down independently of the product: Istio
// pilot/pkg/model/service.go, Envoy Gateway internal/gatewayapi/helpers.go, Contour internal/envoy/cluster.go, Cilium
// operator/pkg/model/translation/envoy_cluster.go, Consul agent/connect/sni.go
// and agent/xds/failover_policy.go.

// Not those of Istio's gateways that route by SNI: they pass connections through, and count no request.
export const NAMINGS = [
  'Istio gateway',
  'Istio waypoint',
  'Envoy Gateway',
  'Envoy Gateway with merged backends',
  'Contour',
  'Cilium',
  'Consul',
] as const;
export type Naming = (typeof NAMINGS)[number];

/** A destination in the namespace of its name. */
export interface Target {
  readonly namespace: string;
  readonly kind: DestinationKind;
  readonly name: string;
  /** '' if the name of the cluster has none. */
  readonly port: string;
}

/** A cluster of a gateway; undefined: its requests leave the Kubernetes cluster. */
export interface GatewayPlace extends Place {
  readonly target: Target | undefined;
  /** If the cluster is an aggregate: what the stats of the cluster with its connections begin with. */
  readonly member: string | undefined;
}

export function proxyOf(naming: Naming): ProxyKind {
  if (naming === 'Istio waypoint') return 'waypoint';
  return naming.startsWith('Istio') ? 'router' : 'other';
}

/** The connection manager of a gateway's listener, as its stats begin. */
export function listenerOf(naming: Naming, delimiter: string): string {
  switch (proxyOf(naming)) {
    case 'router':
      return `http.outbound_0.0.0.0_8080${delimiter}`;
    case 'waypoint':
      return `http.inbound_0.0.0.0_80${delimiter}`;
    default:
      return 'http.https-10443';
  }
}

/** Istio ends the names of its clusters in stats with `;` since 1.23. */
export function delimiterOf(naming: Naming, istioVersion: string): string {
  return proxyOf(naming) === 'other' || /^1\.(18|19|20|21|22)\./.test(istioVersion) ? '' : ';';
}

const service = (name: string, port: string, namespace = 'shop'): Target => ({
  namespace,
  kind: 'service',
  name,
  port,
});
const route = (kind: DestinationKind, name: string): Target => ({ namespace: 'shop', kind, name, port: '' });

/** The clusters of a gateway and their targets. */
function clustersOf(
  naming: Naming,
): readonly (readonly [cluster: string, target: Target | undefined, member?: string])[] {
  const host = (name: string) => `${name}.svc.cluster.local`;
  switch (naming) {
    case 'Istio gateway':
      return [
        [`outbound|80||${host('web.shop')}`, service('web', '80')],
        [`outbound|80|v1|${host('web.shop')}`, service('web', '80')],
        [`outbound|8080||${host('web.shop')}`, service('web', '8080')],
        [`outbound|80||${host('api.shop')}`, service('api', '80')],
        [`outbound|80||${host('web.other')}`, service('web', '80', 'other')],
        ['outbound|443||api.example.com', undefined],
      ];
    case 'Istio waypoint':
      return [
        [`inbound-vip|80|http|${host('web.shop')}`, service('web', '80')],
        [`inbound-vip|8080|http|${host('web.shop')}`, service('web', '8080')],
        [`inbound-vip|80|http|${host('api.shop')}`, service('api', '80')],
        ['inbound-vip|443|http|api.example.com', undefined],
      ];
    case 'Envoy Gateway':
      return [
        ['httproute/shop/web/rule/0', route('httproute', 'web')],
        ['httproute/shop/web/rule/1', route('httproute', 'web')],
        ['grpcroute/shop/web/rule/0', route('grpcroute', 'web')],
        ['httproute/shop/api/rule/0', route('httproute', 'api')],
      ];
    case 'Envoy Gateway with merged backends':
      return [
        ['service/shop/web/80', service('web', '80')],
        ['service/shop/web/8080', service('web', '8080')],
        ['service/shop/api/80', service('api', '80')],
      ];
    case 'Contour':
      return [
        ['shop_web_80', service('web', '80')],
        ['shop_web_8080', service('web', '8080')],
        ['shop_api_80', service('api', '80')],
        ['other_web_80', service('web', '80', 'other')],
      ];
    case 'Cilium':
      return [
        ['edge/cilium-gateway-public.v2/shop_web_80', service('web', '80')],
        ['edge/cilium-gateway-public.v2/shop_web_8080', service('web', '8080')],
        ['shop/cilium-ingress-shop-web/shop_web_80', service('web', '80')],
        ['edge/cilium-gateway-public.v2/shop_api_80', service('api', '80')],
        ['edge/cilium-gateway-public.v2/other_web_80', service('web', '80', 'other')],
      ];
    case 'Consul':
      return [
        ['web.shop.dc1.internal.1b2c3d4e.consul', service('web', '')],
        ['v1.web.shop.dc1.internal.1b2c3d4e.consul', service('web', '')],
        [
          '2eacfe57~api.shop.dc1.internal.1b2c3d4e.consul',
          service('api', ''),
          'failover-target~0~2eacfe57~api.shop.dc1.internal.1b2c3d4e.consul',
        ],
      ];
  }
}

export function gatewayPlaces(naming: Naming, istioVersion: string): readonly GatewayPlace[] {
  const delimiter = delimiterOf(naming, istioVersion);
  const http = listenerOf(naming, delimiter);
  return clustersOf(naming).map(([cluster, target, member]) => ({
    http,
    cluster: `cluster.${cluster}${delimiter}`,
    isLoad: false,
    isRecognized: true,
    isClusterRecognized: true,
    target,
    member: member && `cluster.${member}`,
  }));
}
