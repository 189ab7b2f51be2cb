import { isReplicaSet, type ObjectKey, type Owner } from './owner.ts';

/** Kinds whose controllers own their pods directly. */
const DIRECT = new Set([
  'ReplicationController.',
  'ReplicaSet.apps',
  'StatefulSet.apps',
  'CloneSet.apps.kruise.io',
  'StatefulSet.apps.kruise.io',
]);
const DEPLOYMENT = 'Deployment.apps';

/**
 * Selects an object's own pods among all that its selector matches. Selectors may overlap, and only the owner
 * distinguishes a canary or a Job with the same labels. A pod without a controller counts. So does a pod whose owner may
 * itself belong to the object: a custom resource may create a Deployment or Jobs, and a pod does not show their owner.
 * @param owners of all pods that the selector matches
 */
export function ownedBy(
  object: ObjectKey,
  owners: Iterable<Owner | undefined>,
): (owner: Owner | undefined) => boolean {
  const kind = formatKind(object);
  const isOwn = (owner: Owner | undefined) =>
    owner === undefined || isSame(owner.controller, object) || isSame(owner.workload, object);
  if (DIRECT.has(kind)) return isOwn;
  // A ReplicaSet without a known hash in its name may be adopted.
  if (kind === DEPLOYMENT) return (owner) => isOwn(owner) || isLoneReplicaSet(owner);
  // An object that is the owner of some of its pods is the owner of all of them.
  const shows = [...owners].some((owner) => owner !== undefined && isOwn(owner));
  if (shows) return isOwn;
  return (owner) => owner === undefined || formatKind(owner.workload) !== kind;
}

function isLoneReplicaSet(owner: Owner | undefined): boolean {
  return owner !== undefined && isReplicaSet(owner.workload);
}

function isSame(a: ObjectKey, b: ObjectKey): boolean {
  return a.name === b.name && a.kind === b.kind && a.group === b.group;
}

function formatKind({ group, kind }: ObjectKey): string {
  return `${kind}.${group}`;
}
