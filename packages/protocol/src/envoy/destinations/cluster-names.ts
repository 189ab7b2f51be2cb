import type { ControlPlane, ProxyType } from '../../proxy-type.ts';
import type { Destination, DestinationKind } from '../../record/destination.ts';
import { parseGroupMatch } from '../full-match.ts';

/** A destination by the name of a cluster. */
export interface NamedDestination extends Destination {
  /** The node does not show the control plane, and others give such a name to something else. */
  readonly isLikely?: true;
}

/**
 * The target of a cluster's requests, by its name.
 * - a destination: a Service or a route of the Kubernetes cluster;
 * - `elsewhere`: the control plane uses such a name for other targets, such as the host of a ServiceEntry;
 * - undefined: the name does not show it.
 */
export type ClusterTarget = NamedDestination | 'elsewhere' | undefined;

/** What the node of an Envoy shows about the names of its clusters. */
export interface ClusterNamer {
  /** An Envoy of Istio has only Istio's names, any other may have those of every control plane. */
  readonly proxy: ProxyType;
  /** It decides about names that several control planes give to different targets. */
  readonly controlPlane: ControlPlane;
  /** The DNS domain of the Services of the Kubernetes cluster, '' if unknown. */
  readonly clusterDomain: string;
}

/** A pattern of the names that a control plane gives to clusters. */
interface Form {
  readonly kind: DestinationKind;
  /** Its groups are `namespace`, `name` and `port`, or `host` in place of the first two. */
  readonly pattern: RegExp;
}

// RFC 1123, as Kubernetes requires it of namespaces, Services (labels) and routes (subdomains).
const LABEL = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';
const SUBDOMAIN = '[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?';
const NAMESPACE = `(?<namespace>${LABEL})`;
const SERVICE = `(?<name>${LABEL})`;
const PORT = '(?<port>[1-9][0-9]{0,4})';
const MAX_PORT = 65_535;
// IANA_SVC_NAME of Kubernetes' validation: it has a letter.
const PORT_NAME = '(?=[-0-9]*[a-z])[a-z0-9](?:[-a-z0-9]{0,13}[a-z0-9])?';

function form(kind: DestinationKind, pattern: string): Form {
  return { kind, pattern: new RegExp(`^${pattern}$`) };
}

/**
 * Istio (pilot/pkg/model/service.go, BuildSubsetKey and BuildDNSSrvSubsetKey): `outbound|80|v1|HOST` of sidecars and
 * gateways, `inbound-vip|80|http|HOST` of waypoints, `outbound_.80_.v1_.HOST` of gateways that route by SNI. A subset
 * may be empty.
 */
const ISTIO: readonly Form[] = [
  form('service', `(?:outbound|inbound-vip)\\|${PORT}\\|[^|]*\\|(?<host>[^|]+)`),
  form('service', `outbound_\\.${PORT}_\\.[^_]*_\\.(?<host>[^_]+)`),
];

/**
 * `web.shop.svc.DOMAIN` for a Service; any other host is not a Service. Where the domain is unknown, it does not begin with `svc`,
 * which may be the namespace of `pod.service.svc.svc.DOMAIN`.
 */
const SERVICE_HOST = new RegExp(`^${SERVICE}\\.${NAMESPACE}\\.svc\\.(?<domain>(?!svc\\.)${SUBDOMAIN})$`);

/**
 * Before the Service in Consul's names: of a mesh gateway that serves peers (agent/xds/clusters.go), of an upstream with its own
 * protocol, timeout or mesh gateway (agent/xds/naming/naming.go, CustomizeClusterName), and of a subset.
 */
const CONSUL_PREFIX = `(?:exported~)?(?:[0-9a-f]{8}~)?(?:${LABEL}\\.)?`;

/** The names of control planes other than Istio. */
const OTHERS: readonly Form[] = [
  // Envoy Gateway (internal/gatewayapi/helpers.go): a rule of a route, optionally one of its backends.
  form('httproute', `httproute/${NAMESPACE}/(?<name>${SUBDOMAIN})/rule/\\d+(?:/backend/\\d+)?`),
  form('grpcroute', `grpcroute/${NAMESPACE}/(?<name>${SUBDOMAIN})/rule/\\d+(?:/backend/\\d+)?`),
  // Envoy Gateway with mergeBackends, optionally with the protocol.
  form('service', `service/${NAMESPACE}/${SERVICE}/${PORT}(?:/[a-z0-9]+)?`),
  // Cilium (operator/pkg/model/translation/envoy_cluster.go) after the namespace and name of a CiliumEnvoyConfig. Envoy writes
  // `_` for `:` in the names of stats.
  form('service', `${LABEL}/${SUBDOMAIN}/${NAMESPACE}[_:]${SERVICE}[_:]${PORT}`),
  form('service', `${NAMESPACE}:${SERVICE}:${PORT}`),
  // An Ingress may name the port (operator/pkg/model/translation/ingress); other CiliumEnvoyConfigs have any names.
  form('service', `${LABEL}/cilium-ingress(?:-${SUBDOMAIN})?/${NAMESPACE}[_:]${SERVICE}[_:]${PORT_NAME}`),
  // Consul (agent/connect/sni.go, ServiceSNI): optionally a subset before the Service, or a partition before the datacenter.
  form('service', `${CONSUL_PREFIX}${SERVICE}\\.${NAMESPACE}\\.${LABEL}\\.internal\\.${LABEL}\\.consul`),
  form(
    'service',
    `${CONSUL_PREFIX}${SERVICE}\\.${NAMESPACE}\\.${LABEL}\\.${LABEL}\\.internal-v1\\.${LABEL}\\.consul`,
  ),
];

/**
 * Contour (internal/envoy/cluster.go, AltStatName). `extension_NAMESPACE_NAME` is an ExtensionService, whose name may be a
 * number (internal/envoy/v3/cluster.go).
 */
const CONTOUR = form('service', `(?!extension_)${NAMESPACE}_${SERVICE}_${PORT}`);
/**
 * kgateway (pkg/pluginsdk/ir/backend.go); a Gateway with a client certificate has its own clusters, with its namespace and name. Kuma
 * calls the Service `kube` of the namespace `shop` `kube_shop_svc_80`.
 */
const KGATEWAY = form(
  'service',
  `kube_${NAMESPACE}_(?!svc_)${SERVICE}(?:_gw_backend_client_cert_${LABEL}_${SUBDOMAIN})?_${PORT}`,
);

/**
 * Names that others give to something else: Envoy Gateway calls the host of a URL in a SecurityPolicy `example_com_443`
 * (internal/xds/translator/utils.go).
 */
const AMBIGUOUS: Readonly<Record<ControlPlane, readonly Form[]>> = {
  contour: [CONTOUR],
  kgateway: [KGATEWAY],
  'envoy-gateway': [],
  unknown: [CONTOUR, KGATEWAY],
};

const ISTIO_PROXIES: ReadonlySet<ProxyType> = new Set(['sidecar', 'router', 'waypoint']);

/** A target of a Consul Service with failover (agent/xds/failover_policy.go), as a part of an aggregate cluster. */
const AGGREGATED = /^failover-target~\d+~/;

/**
 * The cluster to which a cluster's stats belong: its aggregate, or itself. For each request, Envoy counts the stats of connections,
 * such as `upstream_rq_active` and `upstream_rq_total`, at a part of an aggregate, and the others, such as `upstream_rq_completed`
 * and `upstream_cx_none_healthy`, at the aggregate (source/common/conn_pool/conn_pool_base.cc, source/common/router/router.cc).
 */
export function aggregateOf(name: string): string {
  return name.replace(AGGREGATED, '');
}

/** @param name of the cluster in its stats, without the delimiter `;`: those of Istio end with one */
export function targetOf(name: string, namer: ClusterNamer): ClusterTarget {
  const { proxy, controlPlane, clusterDomain } = namer;
  const target = firstOf(ISTIO, name, clusterDomain);
  if (target !== undefined || ISTIO_PROXIES.has(proxy)) return target;
  const shown = firstOf(OTHERS, name, '');
  if (shown !== undefined) return shown;
  const likely = firstOf(AMBIGUOUS[controlPlane], name, '');
  return controlPlane === 'unknown' && typeof likely === 'object' ? { ...likely, isLikely: true } : likely;
}

/** Whether Envoy Gateway has merged the backends of several routes into a cluster (internal/gatewayapi/helpers.go). */
export function isMergedBackend(name: string): boolean {
  return name.startsWith('service/');
}

/** Finds the target of a cluster's requests by its name. */
export type ClusterNaming = (name: string) => ClusterTarget;

const WHOLE_NAMESPACE = new RegExp(`^${NAMESPACE}$`);
const WHOLE_SERVICE = new RegExp(`^${SERVICE}$`);
const WHOLE_PORT = new RegExp(`^${PORT}$`);

/**
 * A naming by an RE2 expression with the groups `namespace`, `service` and optionally `port`.
 * @returns the problem with the expression, or the naming
 */
export function parseClusterNaming(expression: string): ClusterNaming | string {
  const match = parseGroupMatch(expression, ['namespace', 'service'], ['port']);
  if (typeof match === 'string') return match;
  return (cluster) => {
    const groups = match(cluster);
    if (groups === undefined) return undefined;
    const { namespace = '', service = '', port = '' } = groups;
    const isPort = port === '' || (WHOLE_PORT.test(port) && Number(port) <= MAX_PORT);
    const isService = WHOLE_NAMESPACE.test(namespace) && WHOLE_SERVICE.test(service) && isPort;
    return isService ? { kind: 'service', namespace, name: service, port } : 'elsewhere';
  };
}

function firstOf(forms: readonly Form[], cluster: string, clusterDomain: string): ClusterTarget {
  for (const { kind, pattern } of forms) {
    const groups = pattern.exec(cluster)?.groups;
    if (groups === undefined) continue;
    const { host, port = '' } = groups;
    const named = host === undefined ? groups : serviceOf(host, clusterDomain);
    if (named === undefined || Number(port) > MAX_PORT) return 'elsewhere';
    const { namespace = '', name = '' } = named;
    return { kind, namespace, name, port };
  }
  return undefined;
}

function serviceOf(host: string, clusterDomain: string): Readonly<Record<string, string>> | undefined {
  const groups = SERVICE_HOST.exec(host)?.groups;
  const { domain = '' } = groups ?? {};
  return clusterDomain === '' || domain === clusterDomain ? groups : undefined;
}
