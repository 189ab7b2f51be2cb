/**
 * The keys of one pod. The hash tag `{<namespace>}` keeps a namespace on one Cluster slot, so that one MGET
 * answers a query (Valkey Cluster specification, "Hash tags"). `prefix` names the Kubernetes cluster.
 *
 * Namespaces and pod names are DNS-1123 names (see `envoy/identity.ts`): they hold neither `:` nor braces.
 */
export function headKey(prefix: string, namespace: string, name: string): string {
  return `${prefix}:{${namespace}}:head:${name}`;
}

/** The key of a pod's slots, carry and description. */
export function slotsKey(prefix: string, namespace: string, name: string): string {
  return `${prefix}:{${namespace}}:slots:${name}`;
}

/** The sorted set of a namespace's pods: name by last arrival (ms). Who has no cluster to ask reads it. */
export function podsKey(prefix: string, namespace: string): string {
  return `${prefix}:{${namespace}}:pods`;
}
