import { canonicalAddress } from './address.ts';

/**
 * The keys of one pod. The hash tag `{<namespace>}` keeps a namespace on one Cluster slot, so that one MGET
 * answers a query (Valkey Cluster specification, "Hash tags"). `prefix` names the Kubernetes cluster.
 *
 * Namespaces and pod names are DNS-1123 names (see `envoy/identity.ts`): they hold neither `:` nor braces nor `@`.
 * Where ingest has proved from which address a pod pushes, `recordName` stands in place of the pod's name.
 */
export function headKey(prefix: string, namespace: string, name: string): string {
  return `${prefix}:{${namespace}}:head:${name}`;
}

/** The key of a pod's slots, carry and description. */
export function slotsKey(prefix: string, namespace: string, name: string): string {
  return `${prefix}:{${namespace}}:slots:${name}`;
}

/** The key of a note beside a pod's record, for people: another proxy pushes for the pod too and is ignored. */
export function noteKey(prefix: string, namespace: string, name: string): string {
  return `${prefix}:{${namespace}}:note:${name}`;
}

/** The sorted set of a namespace's pods: name by last arrival (ms). Who has no cluster to ask reads it. */
export function podsKey(prefix: string, namespace: string): string {
  return `${prefix}:{${namespace}}:pods`;
}

/**
 * What a pod's record is kept under: its name, or with the address that its connection proves `<name>@<address>`.
 * So whoever claims the name of another pod writes a record of its own beside the other's, which nobody asks for.
 * @param verifiedIp '' where nothing is proved
 */
export function recordName(name: string, verifiedIp: string): string {
  return verifiedIp === '' ? name : `${name}@${canonicalAddress(verifiedIp)}`;
}

/** Whether a record's name holds an address that was proved. */
export function isVerified(recordName: string): boolean {
  return recordName.includes('@');
}

/** The pod and the address of a record's name; the address is '' where nothing was proved. */
export function splitRecordName(recordName: string): { readonly name: string; readonly verifiedIp: string } {
  const [name = '', verifiedIp = ''] = recordName.split('@', 2);
  return { name, verifiedIp };
}
