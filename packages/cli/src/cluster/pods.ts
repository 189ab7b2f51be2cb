import type { AutoscaledPod } from '@activescale/hpa';
import { type KubeClient, type Owner, type Ownership, ownerOf } from '@activescale/kube';
import { formatLabelSelector, type LabelSelector, matchesLabels } from '@activescale/protocol/kubernetes';
import { askIfThere, askList } from './ask.ts';

/** The fields of a pod that are used. */
export interface ClusterPod extends AutoscaledPod {
  readonly ips: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly containers: readonly string[];
  /** undefined: it has no owner. */
  readonly owner: Owner | undefined;
  /** Its creationTimestamp, ms since the epoch by kube-apiserver's clock; undefined: unknown. */
  readonly createdAt: number | undefined;
}

interface PodObject {
  readonly metadata: Ownership & {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec?: {
    readonly containers?: readonly { readonly name: string }[];
    readonly initContainers?: readonly { readonly name: string }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly podIPs?: readonly { readonly ip: string }[];
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** All pods that the selector matches, whatever their phase, sorted by name. */
export async function listPods(
  client: KubeClient,
  namespace: string,
  labels: LabelSelector,
): Promise<ClusterPod[]> {
  const query = new URLSearchParams({ labelSelector: formatLabelSelector(labels) });
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods?${query}`;
  const pods = (await askList<PodObject>(client, path)).map(podOf);
  return pods.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The pods of all namespaces that the selector matches. */
export async function listPodsOfAll(
  client: KubeClient,
  labelSelector: string,
): Promise<{ readonly namespace: string; readonly pod: ClusterPod }[]> {
  const pods = await askList<PodObject>(client, `/api/v1/pods?${new URLSearchParams({ labelSelector })}`);
  return pods.map((pod) => ({ namespace: pod.metadata.namespace ?? '', pod: podOf(pod) }));
}

/** undefined: there is no such pod. */
export async function readPod(
  client: KubeClient,
  namespace: string,
  name: string,
): Promise<ClusterPod | undefined> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
  const found = await askIfThere<PodObject>(client, path);
  return found && podOf(found);
}

/** Those that exist for api: neither completed nor being deleted. */
export function existing(pods: readonly ClusterPod[]): ClusterPod[] {
  return pods.filter(({ phase, deleting }) => !deleting && phase !== 'Succeeded' && phase !== 'Failed');
}

/** @param identity requirements on `pod` and `workload` */
export function withIdentity(pods: readonly ClusterPod[], identity: LabelSelector): ClusterPod[] {
  return pods.filter((pod) => matchesLabels(identity, { pod: pod.name, workload: workloadName(pod) }));
}

/** Name of a pod's owner; its own name if it has none. */
export function workloadName({ name, owner }: Pick<ClusterPod, 'name' | 'owner'>): string {
  return owner?.workload.name ?? name;
}

function podOf({ metadata, spec, status }: PodObject): ClusterPod {
  const created = Date.parse(metadata.creationTimestamp ?? '');
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  return {
    name: metadata.name,
    phase: status?.phase ?? 'Unknown',
    deleting: metadata.deletionTimestamp !== undefined,
    ready: (status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True'),
    ips: (status?.podIPs ?? []).map(({ ip }) => ip),
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    containers: containers.map(({ name }) => name),
    owner: ownerOf(metadata),
    createdAt: Number.isNaN(created) ? undefined : created,
  };
}
