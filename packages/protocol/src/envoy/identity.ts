import { EnvoyError } from './envoy-error.ts';
import type { EnvoyNode, Metadata, MetadataValue } from './node.ts';
import { letsGaugeThrough } from './stats-filter.ts';

/** What kind of Envoy pushes: the first part of node.id, `other` for an Envoy that Istio did not configure. */
export type ProxyType = 'sidecar' | 'router' | 'waypoint' | 'other';

/** Which pod a stream speaks for, and what its node says of it. */
export interface PodIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly proxy: ProxyType;
  /** The IP address in node.id, '' where there is none. */
  readonly ip: string;
  /** More addresses of the pod: INSTANCE_IPS of the metadata. */
  readonly otherIps: readonly string[];
  /** SERVICE_ACCOUNT of the metadata, '' where the node does not say. */
  readonly serviceAccount: string;
  /** The workload that owns the pod, '' where the node does not say. */
  readonly workload: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The proxy's own stats filter lets the gauge of active requests through, as far as its metadata shows. */
  readonly gaugePasses: boolean;
}

const PROXIES: ReadonlySet<string> = new Set<ProxyType>(['sidecar', 'router', 'waypoint']);

/**
 * The pod that a node stands for: NAME and NAMESPACE of its metadata (Istio pkg/model/proxy.go), and else node.id,
 * which Istio writes as `<type>~<ip>~<pod>.<namespace>~<namespace>.svc.<cluster domain>`. A pod's name may hold
 * dots, so the namespace comes from the last part and is stripped as a suffix.
 *
 * @returns undefined when the node names no pod
 * @throws EnvoyError `ERR_ENVOY_IDENTITY` when it names one that Kubernetes could not have
 */
export function identify(node: EnvoyNode): PodIdentity | undefined {
  const [type = '', ip = '', id = '', domain = ''] = node.id.split('~');
  const named = fromMetadata(node.metadata) ?? fromNodeId(id, domain);
  if (named === undefined) return undefined;
  checkName('namespace', named.namespace, 63, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
  checkName('pod', named.name, 253, /^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/);
  const proxy = PROXIES.has(type) ? (type as ProxyType) : 'other';
  return {
    ...named,
    proxy,
    ip,
    otherIps: addressesOf(node.metadata.INSTANCE_IPS),
    serviceAccount: text(node.metadata.SERVICE_ACCOUNT).slice(0, 253),
    workload: text(node.metadata.WORKLOAD_NAME).slice(0, 253),
    labels: labelsOf(node.metadata.LABELS),
    gaugePasses: letsGaugeThrough(node.metadata, proxy),
  };
}

function fromMetadata(metadata: Metadata): { namespace: string; name: string } | undefined {
  const [namespace, name] = [text(metadata.NAMESPACE), text(metadata.NAME)];
  return namespace !== '' && name !== '' ? { namespace, name } : undefined;
}

function fromNodeId(id: string, domain: string): { namespace: string; name: string } | undefined {
  const [namespace = ''] = domain.split('.');
  const name = namespace !== '' && id.endsWith(`.${namespace}`) ? id.slice(0, -namespace.length - 1) : '';
  return name === '' ? undefined : { namespace, name };
}

/** Kubernetes' own rule for the name (RFC 1123 label or subdomain), which also keeps our keys unambiguous. */
function checkName(kind: string, name: string, longest: number, pattern: RegExp): void {
  if (name.length <= longest && pattern.test(name)) return;
  const shown = JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
  throw new EnvoyError(
    'ERR_ENVOY_IDENTITY',
    `the node names ${kind} ${shown} (${name.length} characters), not a DNS-1123 name of at most ${longest}`,
  );
}

/** A pod has an address or two, a node that is shared some more: what comes behind them is left out. */
const MOST_ADDRESSES = 16;

function addressesOf(list: MetadataValue | undefined): string[] {
  const addresses = text(list).split(',', MOST_ADDRESSES);
  return addresses.map((address) => address.trim()).filter((address) => address !== '');
}

/** Labels as Kubernetes could have them; others are left out, they could never match a selector. */
function labelsOf(value: MetadataValue | undefined): Record<string, string> {
  const labels: Record<string, string> = Object.create(null);
  if (!isObject(value)) return labels;
  for (const [key, label] of Object.entries(value)) {
    if (typeof label === 'string' && label.length <= 63 && key.length <= 317) labels[key] = label;
  }
  return labels;
}

function isObject(value: MetadataValue | undefined): value is Metadata {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: MetadataValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
