/** A resource and its group; '' is the core group. */
export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

/**
 * `deployments.apps`, split at the first dot, in lower case as Kubernetes' RESTMapper compares
 * (schema.ParseGroupResource).
 */
export function parseGroupResource(text: string): GroupResource {
  const lower = text.toLowerCase();
  const dot = lower.indexOf('.');
  return dot < 0
    ? { group: '', resource: lower }
    : { group: lower.slice(dot + 1), resource: lower.slice(0, dot) };
}

export function formatGroupResource({ group, resource }: GroupResource): string {
  return group === '' ? resource : `${resource}.${group}`;
}
