import { formatObjectKey, type ObjectKey } from './owner.ts';

/**
 * Kinds whose controllers adopt ReplicaSets without an owner, and whose names are part of their ReplicaSets'
 * names.
 */
const ADOPTING = new Set(['Deployment.apps', 'Rollout.argoproj.io']);
/** Maximum number of workloads to look up. */
const MAX_WORKLOADS = 32;

/**
 * Deleted workloads whose pods now belong to `objects`: a Deployment that was deleted without its ReplicaSets
 * (`kubectl delete --cascade=orphan`) leaves them to another one with the same selector, and they keep their
 * names.
 * @param workloads the distinct owners of the pods that the objects' selector matches
 * @returns Rejects as `exists` does.
 */
export async function adoptedFrom(
  objects: readonly ObjectKey[],
  workloads: readonly ObjectKey[],
  exists: (workload: ObjectKey) => Promise<boolean>,
): Promise<readonly ObjectKey[]> {
  const known = new Set(objects.map(formatObjectKey));
  const kinds = new Set(objects.map(formatKind).filter((kind) => ADOPTING.has(kind)));
  const others = workloads.filter((each) => kinds.has(formatKind(each)) && !known.has(formatObjectKey(each)));
  if (others.length > MAX_WORKLOADS) return [];
  const existing = await Promise.all(others.map(exists));
  return others.filter((_, index) => !existing[index]);
}

function formatKind({ group, kind }: ObjectKey): string {
  return `${kind}.${group}`;
}
