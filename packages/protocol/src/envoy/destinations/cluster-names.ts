import type { ProxyType } from '../../proxy-type.ts';
import type { Destination, DestinationKind } from '../../record/destination.ts';
import { parseGroupMatch } from '../full-match.ts';

/**
 * The target of a cluster's requests, by its name.
 * - a destination: a Service or a route of the Kubernetes cluster;
 * - `elsewhere`: the control plane uses such a name for other targets, such as the host of a ServiceEntry;
 * - undefined: the name does not show it.
 */
export type ClusterTarget = Destination | 'elsewhere' | undefined;

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

function form(kind: DestinationKind, pattern: string): Form {
  return { kind, pattern: new RegExp(`^${pattern}$`) };
}

/**
 * Istio (pilot/pkg/model/service.go, BuildSubsetKey and BuildDNSSrvSubsetKey): `outbound|80|v1|HOST` of sidecars and
 * gateways, `inbound-vip|80|http|HOST` of waypoints, `outbound_.80_.v1_.HOST` of gateways that route by SNI. A subset
 * may be empty.
 */
const ISTIO: readonly Form[] = [
  form('service', `(?:outbound|inbound-vip)\\|${PORT}\\|.*\\|(?<host>[^|]+)`),
  form('service', `outbound_\\.${PORT}_\\..*_\\.(?<host>[^_]+)`),
];

/** `web.shop.svc.DOMAIN` for a Service, whatever the domain of the cluster; any other host is not a Service. */
const SERVICE_HOST = new RegExp(`^${SERVICE}\\.${NAMESPACE}\\.svc\\.${SUBDOMAIN}$`);

/** The names of control planes other than Istio. */
const OTHERS: readonly Form[] = [
  // Envoy Gateway (internal/gatewayapi/helpers.go): a rule of a route, optionally one of its backends.
  form('httproute', `httproute/${NAMESPACE}/(?<name>${SUBDOMAIN})/rule/\\d+(?:/backend/\\d+)?`),
  form('grpcroute', `grpcroute/${NAMESPACE}/(?<name>${SUBDOMAIN})/rule/\\d+(?:/backend/\\d+)?`),
  // Envoy Gateway with mergeBackends, optionally with the protocol.
  form('service', `service/${NAMESPACE}/${SERVICE}/${PORT}(?:/[a-z0-9]+)?`),
  // Contour (internal/envoy/cluster.go, AltStatName), and Cilium (operator/pkg/model/translation/envoy_cluster.go), whose
  // `:` Envoy writes as `_` in the names of stats, optionally after the namespace and name of a CiliumEnvoyConfig.
  form('service', `(?:${LABEL}/${SUBDOMAIN}/)?${NAMESPACE}[_:]${SERVICE}[_:]${PORT}`),
  // kgateway (internal/kgateway/ir/upstream.go).
  form('service', `kube_${NAMESPACE}_${SERVICE}_${PORT}`),
  // Consul (agent/connect/sni.go, ServiceSNI): optionally a subset before it, or a partition before the datacenter.
  form('service', `(?:${LABEL}\\.)?${SERVICE}\\.${NAMESPACE}\\.${LABEL}\\.internal\\.${LABEL}\\.consul`),
  form(
    'service',
    `(?:${LABEL}\\.)?${SERVICE}\\.${NAMESPACE}\\.${LABEL}\\.${LABEL}\\.internal-v1\\.${LABEL}\\.consul`,
  ),
];

const ISTIO_PROXIES: ReadonlySet<ProxyType> = new Set(['sidecar', 'router', 'waypoint']);

/**
 * @param name of the cluster in its stats, without the delimiter `;`: those of Istio end with one
 * @param proxy an Envoy of Istio has only Istio's names, any other may have those of every control plane
 */
export function targetOf(name: string, proxy: ProxyType): ClusterTarget {
  return firstOf(ISTIO, name) ?? (ISTIO_PROXIES.has(proxy) ? undefined : firstOf(OTHERS, name));
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

function firstOf(forms: readonly Form[], cluster: string): ClusterTarget {
  for (const { kind, pattern } of forms) {
    const groups = pattern.exec(cluster)?.groups;
    if (groups === undefined) continue;
    const { host, port = '' } = groups;
    const { namespace, name } = (host === undefined ? groups : SERVICE_HOST.exec(host)?.groups) ?? {};
    if (namespace === undefined || name === undefined || Number(port) > MAX_PORT) return 'elsewhere';
    return { kind, namespace, name, port };
  }
  return undefined;
}
