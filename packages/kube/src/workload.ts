/** What an object's metadata says of whom it belongs to. */
export interface Ownership {
  readonly labels?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly {
    readonly kind: string;
    readonly name: string;
    readonly controller?: boolean;
  }[];
}

/** Labels by which the pods of a ReplicaSet tell which of a Deployment's or an Argo Rollout's it is. */
const HASHES = ['pod-template-hash', 'rollouts-pod-template-hash'];

/**
 * The name of what a pod belongs to, as Istio tells it to the pod's proxy (WORKLOAD_NAME): its controller, or what
 * made that, if the controller is one of the ReplicaSets of a Deployment. undefined: nothing, it is its own workload.
 */
export function workloadOf({ labels = {}, ownerReferences = [] }: Ownership): string | undefined {
  const owner = ownerReferences.find(({ controller }) => controller === true);
  if (owner?.kind !== 'ReplicaSet') return owner?.name;
  const suffix = HASHES.map((hash) => `-${labels[hash]}`).find((each) => owner.name.endsWith(each));
  return suffix === undefined ? owner.name : owner.name.slice(0, -suffix.length);
}
