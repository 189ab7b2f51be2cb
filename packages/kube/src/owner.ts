/** An object in a namespace, independent of the version of its group. The core group is ''. */
export interface ObjectKey {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

/** The fields of an object's metadata that identify its owner. */
export interface Ownership {
  readonly labels?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly {
    readonly apiVersion?: string;
    readonly kind: string;
    readonly name: string;
    readonly controller?: boolean;
  }[];
}

/** The owners of a pod, as far as its metadata shows them. */
export interface Owner {
  /** The controller that created the pod. */
  readonly controller: ObjectKey;
  /** The Deployment or Argo Rollout of a ReplicaSet; the controller itself otherwise. */
  readonly workload: ObjectKey;
}

/**
 * Labels with the suffix of a ReplicaSet's name, and the kind that created it: kubernetes
 * pkg/controller/deployment/sync.go, argo-rollouts rollout/sync.go.
 */
const HASHES = [
  { label: 'pod-template-hash', group: 'apps', kind: 'Deployment' },
  { label: 'rollouts-pod-template-hash', group: 'argoproj.io', kind: 'Rollout' },
];

/**
 * The owner of a pod. The name of its `workload` is Istio's WORKLOAD_NAME in the metadata of the pod's proxy.
 * undefined: the pod has no controller.
 */
export function ownerOf({ labels = {}, ownerReferences = [] }: Ownership): Owner | undefined {
  const reference = ownerReferences.find(({ controller }) => controller === true);
  if (reference === undefined) return undefined;
  const { apiVersion = '', kind, name } = reference;
  const controller = { group: groupOf(apiVersion), kind, name };
  if (!isReplicaSet(controller)) return { controller, workload: controller };
  const hash = HASHES.find(({ label }) => labels[label] !== undefined && name.endsWith(`-${labels[label]}`));
  if (hash === undefined) return { controller, workload: controller };
  const suffix = `-${labels[hash.label]}`;
  const workload = { group: hash.group, kind: hash.kind, name: name.slice(0, -suffix.length) };
  return { controller, workload };
}

export function isReplicaSet({ group, kind }: ObjectKey): boolean {
  return group === 'apps' && kind === 'ReplicaSet';
}

/** Equal only for the same object. */
export function formatObjectKey({ group, kind, name }: ObjectKey): string {
  return `${kind}.${group}/${name}`;
}

function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}
