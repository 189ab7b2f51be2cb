import { canonicalAddress } from './address.ts';

/**
 * The keys of one pod. The hash tag `{<namespace>}` keeps a namespace in one hash slot, so that one MGET
 * answers a query (Valkey Cluster specification, "Hash tags"). `prefix` identifies the Kubernetes cluster.
 *
 * Namespaces and pod names are DNS-1123 names (see `envoy/identity.ts`) without `:`, braces and `@`. If ingest
 * has verified the address of a pod, `recordName` replaces the pod's name.
 */
export function headKey(prefix: string, namespace: string, name: string): string {
  return `${prefix}:{${namespace}}:head:${name}`;
}

/** The key of a pod's slots, checkpoint and identity. */
export function slotsKey(prefix: string, namespace: string, name: string): string {
  return `${prefix}:{${namespace}}:slots:${name}`;
}

/** The key of a pod's note for people: another proxy also pushes for the pod and is ignored. */
export function noteKey(prefix: string, namespace: string, name: string): string {
  return `${prefix}:{${namespace}}:note:${name}`;
}

/**
 * The sorted set of a namespace's pods: name by last arrival (ms). Read only by processes without a cluster.
 */
export function podsKey(prefix: string, namespace: string): string {
  return `${prefix}:{${namespace}}:pods`;
}

/**
 * The sorted set of a namespace's demand records (see `destination.ts`): record name by last arrival (ms).
 */
export function destinationsKey(prefix: string, namespace: string): string {
  return `${prefix}:{${namespace}}:destinations`;
}

/**
 * The key of the time since which a server has kept all records (see `Store.keptSince`). Each primary of a Cluster has another
 * one, the first whose hash slot it serves, so the keys are numbered.
 */
export function keptSinceKey(prefix: string, number: number): string {
  return `${prefix}:kept-since:${number}`;
}

/**
 * The name in a pod's key: its name, or with a verified address `<name>@<address>`. So a pod that claims
 * another pod's name writes a separate record, which is never read.
 * @param verifiedIp '' if the address is not verified
 */
export function recordName(name: string, verifiedIp: string): string {
  return verifiedIp === '' ? name : `${name}@${canonicalAddress(verifiedIp)}`;
}

/** Whether a record's name has a verified address. */
export function isVerified(recordName: string): boolean {
  return recordName.includes('@');
}

/** The pod and the address of a record's name; the address is '' if it is not verified. */
export function splitRecordName(recordName: string): { readonly name: string; readonly verifiedIp: string } {
  const [name = '', verifiedIp = ''] = recordName.split('@', 2);
  return { name, verifiedIp };
}
