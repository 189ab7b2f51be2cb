import type { ObjectKey } from './owner.ts';

/**
 * Maximum number of selectors to read. A selector that matches the pods of more workloads belongs to none of
 * them.
 */
const MAX_WORKLOADS = 32;
const AT_ONCE = 8;
/** Controllers of pods without a scale subresource, which an HPA cannot scale. */
const UNSCALED = new Set(['Job.batch', 'DaemonSet.apps', 'Node.']);

/**
 * The workloads that a query by labels refers to. The HPA queries by the selector of the workload that it
 * scales, which may match pods of other workloads too (a canary, a Job): the query then means that workload's
 * own pods.
 * @param workloads the distinct owners of the matched pods
 * @param hasSelector whether the workload's selector is the selector of the query
 * @returns undefined: the query means all matched pods. Rejects as `hasSelector` does.
 */
export async function askedWorkloads(
  workloads: readonly ObjectKey[],
  hasSelector: (workload: ObjectKey) => Promise<boolean>,
): Promise<readonly ObjectKey[] | undefined> {
  const scaled = workloads.filter(({ group, kind }) => !UNSCALED.has(`${kind}.${group}`));
  if (workloads.length < 2 || scaled.length > MAX_WORKLOADS) return undefined;
  const asked: ObjectKey[] = [];
  for (let i = 0; i < scaled.length; i += AT_ONCE) {
    const some = scaled.slice(i, i + AT_ONCE);
    const equal = await Promise.all(some.map(hasSelector));
    asked.push(...some.filter((_, index) => equal[index]));
  }
  return asked.length === 0 ? undefined : asked;
}
