import { type ControlPlane, type ProxyType, proxyTypeOf } from '../../proxy-type.ts';
import { EnvoyError } from '../envoy-error.ts';
import { type StatsRules, statsRulesOf } from '../stats-filter.ts';
import { copied, isObject, member, text } from './metadata.ts';
import type { EnvoyNode } from './node.ts';
import type { MetadataValue } from './struct.ts';

/** The pod that a stream claims to be, as needed to check its peer. */
export interface PodClaim {
  readonly namespace: string;
  readonly name: string;
  /** The IP address in node.id, '' if there is none. */
  readonly ip: string;
  /** More addresses of the pod: INSTANCE_IPS of the metadata. */
  readonly otherIps: readonly string[];
  /** SERVICE_ACCOUNT of the metadata, '' if the node has none. */
  readonly serviceAccount: string;
}

/** The pod as described by the node of its stream. */
export interface PodIdentity extends PodClaim {
  readonly proxy: ProxyType;
  /** The workload that owns the pod, '' if the node has none. */
  readonly workload: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly controlPlane: ControlPlane;
  /** The DNS domain of the Services of its cluster, such as `cluster.local`, if it is in node.id; '' otherwise. */
  readonly clusterDomain: string;
  /** node.id, at most its first 253 characters. */
  readonly nodeId: string;
  /** The same for all pods of a template: WORKLOAD_NAME of the metadata, or else node.cluster. */
  readonly template: string;
  /** ISTIO_VERSION of the metadata, '' if the node has none. */
  readonly istioVersion: string;
  /** An RE2 expression for the scopes of the pod's load: ACTIVESCALE_SCOPES of the metadata; '' none. */
  readonly declaredScopes: string;
  /** The inclusion list of its stats filter; undefined if the metadata does not show it. */
  readonly statsRules: StatsRules | undefined;
  /** stats_flush_interval in ms, if an annotation of the pod shows it; 0 unknown. */
  readonly flushInterval: number;
}

/**
 * The pod of a node: NAME and NAMESPACE of its metadata (Istio pkg/model/proxy.go), or else node.id, which
 * Istio writes as `<type>~<ip>~<pod>.<namespace>~<namespace>.svc.<cluster domain>`. A pod's name may contain
 * dots, so the namespace is taken from the last part and removed as a suffix.
 *
 * @returns undefined if the node names no pod
 * @throws EnvoyError `ERR_ENVOY_IDENTITY` if the name is invalid in Kubernetes
 */
export function claimOf(node: EnvoyNode): PodClaim | undefined {
  const [, ip = '', id = '', domain = ''] = node.id.split('~', 4);
  const named = fromMetadata(node) ?? fromNodeId(id, domain);
  if (named === undefined) return undefined;
  checkName('namespace', named.namespace, 63, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
  checkName('pod', named.name, 253, /^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/);
  return {
    ...named,
    ip: clipped(ip, MAX_ADDRESS),
    otherIps: addressesOf(node.metadata('INSTANCE_IPS')),
    serviceAccount: clipped(text(node.metadata('SERVICE_ACCOUNT')), 253),
  };
}

/** The other content of the node. Read it only after the peer check. */
export function identify(node: EnvoyNode, claim: PodClaim): PodIdentity {
  const [type = '', , , domain = ''] = node.id.split('~', 4);
  const proxy = proxyTypeOf(type);
  const textOf = (key: string) => text(node.metadata(key));
  const workload = clipped(textOf('WORKLOAD_NAME'), 253);
  const annotations = node.metadata('ANNOTATIONS') ?? null;
  return {
    ...claim,
    proxy,
    workload,
    labels: labelsOf(node.metadata('LABELS')),
    controlPlane: proxy === 'other' ? controlPlaneOf(node, claim) : 'unknown',
    clusterDomain: proxy === 'other' ? '' : clipped(clusterDomainOf(domain), 253),
    nodeId: clipped(node.id, 253),
    template: workload || clipped(node.cluster, 253),
    istioVersion: clipped(textOf('ISTIO_VERSION'), 63),
    declaredScopes: textOf('ACTIVESCALE_SCOPES'),
    statsRules: statsRulesOf({
      ANNOTATIONS: annotations,
      PROXY_CONFIG: node.metadata('PROXY_CONFIG') ?? null,
      INSTANCE_IPS: textOf('INSTANCE_IPS'),
    }),
    flushInterval: flushIntervalOf(annotations),
  };
}

function fromMetadata(node: EnvoyNode): { namespace: string; name: string } | undefined {
  const [namespace, name] = [text(node.metadata('NAMESPACE')), text(node.metadata('NAME'))];
  return namespace !== '' && name !== '' ? { namespace, name } : undefined;
}

function fromNodeId(id: string, domain: string): { namespace: string; name: string } | undefined {
  const [namespace = ''] = domain.split('.', 1);
  const name = namespace !== '' && id.endsWith(`.${namespace}`) ? id.slice(0, -namespace.length - 1) : '';
  return name === '' ? undefined : { namespace: clipped(namespace, 64), name: clipped(name, 254) };
}

/**
 * - Contour starts Envoy with `--service-cluster $(CONTOUR_NAMESPACE)` (examples/contour/03-envoy.yaml,
 *   internal/provisioner/objects/dataplane/dataplane.go).
 * - Envoy Gateway starts it with that of the Gateway, `<namespace>/<name>`, or with mergeGateways of the GatewayClass, which does
 *   not show it (internal/infrastructure/common/proxy_args.go).
 * - kgateway has `role: kgateway-kube-gateway-api~<namespace>~<Gateway>` in the node's metadata
 *   (internal/kgateway/helm/kgateway/templates/gateway/proxy-deployment.yaml).
 */
function controlPlaneOf(node: EnvoyNode, { namespace }: PodClaim): ControlPlane {
  if (text(node.metadata('role')).startsWith('kgateway-')) return 'kgateway';
  if (node.cluster.includes('/')) return 'envoy-gateway';
  return node.cluster === namespace ? 'contour' : 'unknown';
}

/** @param domain the last part of node.id: `<namespace>.svc.<cluster domain>` */
function clusterDomainOf(domain: string): string {
  const [, service = '', ...labels] = domain.split('.');
  return service === 'svc' ? labels.join('.') : '';
}

/** Kubernetes' rule for the name (RFC 1123 label or subdomain), which also keeps our keys unambiguous. */
function checkName(kind: string, name: string, longest: number, pattern: RegExp): void {
  if (name.length <= longest && pattern.test(name)) return;
  const shown = JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
  throw new EnvoyError(
    'ERR_ENVOY_IDENTITY',
    `the node names ${kind} ${shown} (${name.length} characters), not a DNS-1123 name of at most ${longest}`,
  );
}

/** A pod has one or two addresses, a shared node some more: further ones are ignored. */
const MAX_ADDRESSES = 16;
/**
 * Characters of an IPv6 address with an embedded IPv4 address (INET6_ADDRSTRLEN); a longer text is not an
 * address.
 */
const MAX_ADDRESS = 46;

function addressesOf(list: MetadataValue | undefined): string[] {
  const addresses = text(list).split(',', MAX_ADDRESSES);
  return addresses.map((address) => clipped(address.trim(), MAX_ADDRESS)).filter((address) => address !== '');
}

function clipped(value: string, length: number): string {
  return copied(value.slice(0, length));
}

/** Valid labels of Kubernetes; others are omitted, because they could never match a selector. */
function labelsOf(value: MetadataValue | undefined): Record<string, string> {
  const labels: Record<string, string> = Object.create(null);
  if (!isObject(value)) return labels;
  for (const [key, label] of Object.entries(value)) {
    if (typeof label === 'string' && label.length <= 63 && key.length <= 317) labels[key] = label;
  }
  return labels;
}

/** The useful units of Go's time.ParseDuration, in ms. */
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** Istio's annotation for the interval of one pod; older versions of Istio ignore it. */
function flushIntervalOf(annotations: MetadataValue): number {
  const value = text(member(annotations, 'sidecar.istio.io/statsFlushInterval'));
  const [, amount, unit = ''] = /^(\d{1,6}(?:\.\d{1,3})?)(ms|s|m)$/.exec(value) ?? [];
  const ms = Number(amount) * (UNITS[unit] ?? 0);
  return ms >= 1 && ms < MAX_FLUSH_MS ? ms : 0;
}

/** Envoy refuses a longer stats_flush_interval (envoy/config/bootstrap/v3/bootstrap.proto). */
const MAX_FLUSH_MS = 300_000;
