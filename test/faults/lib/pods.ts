/** Names of the pods of a load: the load makes them, the watch looks for them. */
export interface Pods {
  readonly count: number;
  /** Over this number of namespaces, because in a Valkey Cluster each of them is on one node. */
  readonly namespaces: number;
}

/** Pods of this namespace end when the fault begins, and must not be answered once METRIC_TTL has passed. */
export const DYING = 'dying';
/** How many those are. Their numbers come after those of the others. */
export const DYING_PODS = 5;

export function namespaceOf({ count, namespaces }: Pods, pod: number): string {
  return pod < count ? `truth-${pod % namespaces}` : DYING;
}

export function namespacesOf({ namespaces }: Pods): string[] {
  return Array.from({ length: namespaces }, (_, index) => `truth-${index}`);
}

export function nameOf(pod: number): string {
  return `web-${pod}`;
}

export function podOf(name: string): number {
  return Number(name.slice('web-'.length));
}
