// How a proxy names the stats of what it listens to and of what it sends to, written down independently of the
// product: Istio pilot/pkg/networking/core/listener_inbound.go, gateway.go, waypoint.go and cluster.go.

export type ProxyKind = 'sidecar' | 'router' | 'waypoint' | 'other';

/** A listener with the cluster that its requests go to. */
export interface Place {
  /** What the stats of its connection manager begin with. */
  readonly http: string;
  /** What the stats of its cluster begin with. */
  readonly cluster: string;
  /** Its requests are the pod's load. */
  readonly isLoad: boolean;
  /** Whether the names of the listener and of the cluster show it. */
  readonly isRecognized: boolean;
  readonly isClusterRecognized: boolean;
}

export interface NamesOf {
  readonly proxy: ProxyKind;
  /** ISTIO_VERSION; '' where the node does not say. */
  readonly istioVersion: string;
  readonly isIpv6: boolean;
  /** meshConfig's inboundClusterStatName and outboundClusterStatName are set. */
  readonly areClustersRenamed: boolean;
}

/** Versions whose names differ, and some that are the same. */
export const ISTIO_VERSIONS = ['1.18.7', '1.20.8', '1.22.0', '1.23.0', '1.26.2', ''];

/** The places of a proxy, the usual ones first. */
export function placesOf(names: NamesOf): readonly Place[] {
  switch (names.proxy) {
    case 'sidecar':
      return sidecar(names);
    case 'router':
      return router(names);
    case 'waypoint':
      return waypoint(names);
    case 'other':
      return plain(names);
  }
}

function sidecar(names: NamesOf): readonly Place[] {
  const { end, old, bind, place } = istio(names);
  const passthrough = old
    ? `InboundPassthroughClusterIpv${names.isIpv6 ? 6 : 4}`
    : 'InboundPassthroughCluster';
  const inbound = (port: number) => place(`inbound_${bind}_${port}`, `inbound|${port}||`, 'load');
  return [
    inbound(8080),
    inbound(9090),
    {
      http: `http.${passthrough}${end}`,
      cluster: `cluster.${passthrough}${end}`,
      isLoad: true,
      isRecognized: true,
      isClusterRecognized: true,
    },
    place(`outbound_${bind}_80`, 'outbound|80||payments.shop.svc.cluster.local', 'not load'),
    // An EnvoyFilter has renamed the listener.
    place('shop_listener', 'inbound|7070||', 'unrecognized load'),
  ];
}

function router(names: NamesOf): readonly Place[] {
  const { bind, place } = istio(names);
  return [
    place(`outbound_${bind}_8080`, 'outbound|80||web.shop.svc.cluster.local', 'load'),
    place('https-shop', 'outbound|8443|v1|web.shop.svc.cluster.local', 'load'),
    place('agent', 'agent', 'not load'),
  ];
}

function waypoint(names: NamesOf): readonly Place[] {
  const { bind, place } = istio(names);
  return [
    place(`inbound_${bind}_80`, 'inbound-vip|80|http|web.shop.svc.cluster.local', 'load'),
    place(`inbound_${bind}_8080`, 'inbound-vip|8080|http|api.shop.svc.cluster.local', 'load'),
    place('shop_listener', 'inbound-vip|81|http|web.shop.svc.cluster.local', 'unrecognized load'),
  ];
}

/** As people name them: by the direction, with a listener for egress, or after what they are. */
function plain({ areClustersRenamed }: NamesOf): readonly Place[] {
  const place = (http: string, cluster: string, isLoad = true): Place => ({
    http: `http.${http}`,
    cluster: `cluster.${cluster}`,
    isLoad,
    isRecognized: true,
    isClusterRecognized: true,
  });
  if (areClustersRenamed)
    return [
      place('https-10443', 'shop'),
      place('web', 'httproute/shop/web/rule/0'),
      place('eg-stats-http', 'prometheus_stats', false),
    ];
  return [
    place('ingress_http', 'local_service'),
    place('admin_ingress', 'inbound_admin'),
    place('egress_http', 'payments', false),
  ];
}

function istio({ istioVersion, isIpv6, areClustersRenamed }: NamesOf) {
  const old = /^1\.(18|19|20|21|22)\./.test(istioVersion);
  const end = old ? '' : ';';
  const place = (http: string, cluster: string, kind: 'load' | 'not load' | 'unrecognized load'): Place => ({
    http: `http.${http}${end}`,
    cluster: `cluster.${areClustersRenamed ? renamed(cluster) : cluster}${end}`,
    isLoad: kind !== 'not load',
    isRecognized: kind !== 'unrecognized load',
    isClusterRecognized: !areClustersRenamed,
  });
  // Envoy writes `_` for each `:` of a name.
  return { end, old, bind: isIpv6 ? '__' : '0.0.0.0', place };
}

/** As `%SERVICE%_%SERVICE_PORT%` does. */
function renamed(cluster: string): string {
  return cluster.replaceAll('|', '_');
}
