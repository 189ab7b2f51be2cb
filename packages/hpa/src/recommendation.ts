/** The result of one metric of an HPA. */
export type MetricResult =
  | { readonly outcome: 'proposal'; readonly replicas: number }
  /** The HPA gets no value either. */
  | { readonly outcome: 'failed'; readonly why: string }
  /** The HPA may have a value, but we do not. */
  | { readonly outcome: 'unknown'; readonly why: string };

/** From `low` to `high`, inclusive; equal if the number is exact. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** The HPA's recommendation before its limits. */
export type Recommendation =
  | { readonly outcome: 'replicas'; readonly range: Range; readonly why: string }
  /** No change. */
  | { readonly outcome: 'failed'; readonly why: string };

/**
 * The largest proposal wins. If a metric failed, the HPA scales out by the others and never in (horizontal.go,
 * computeReplicasForMetrics).
 * @param names of the metrics, for the reasons
 * @param current spec.replicas of the scale
 */
export function recommend(
  results: readonly MetricResult[],
  names: readonly string[],
  current: number,
): Recommendation {
  let [replicas, by] = [0, ''];
  for (const [index, result] of results.entries()) {
    // The first one counts even if it is 0, as in the controller.
    if (result.outcome !== 'proposal' || !(replicas === 0 || result.replicas > replicas)) continue;
    [replicas, by] = [result.replicas, names[index] ?? ''];
  }
  const failed = results.flatMap((result) => (result.outcome === 'failed' ? [result.why] : []));
  const unknown = results.some(({ outcome }) => outcome === 'unknown');
  const blocked = failed.length === results.length || (failed.length > 0 && replicas < current);
  const failure = `${failed.length} of ${results.length} metrics failed, the first: ${failed[0]}`;
  if (unknown) {
    const low = blocked ? current : replicas;
    const why = `at least ${low}: metrics of other adapters are not computed`;
    return { outcome: 'replicas', range: { low, high: Number.POSITIVE_INFINITY }, why };
  }
  if (blocked) return { outcome: 'failed', why: failure };
  const why = results.length === 1 ? `by ${by}` : `${by} has the highest recommendation`;
  return {
    outcome: 'replicas',
    range: { low: replicas, high: replicas },
    why: failed.length > 0 ? `${why}; ${failure}` : why,
  };
}
