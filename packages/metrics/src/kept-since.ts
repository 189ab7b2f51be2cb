/**
 * Whether every running pod or source has pushed since its server keeps all records. Otherwise records may have been lost, and
 * one that has no record may have requests.
 * @param keptSince ms by Valkey's clock, like `now`; undefined: not known
 */
export function isComplete(keptSince: number | undefined, now: number, metricTtl: number): boolean {
  return keptSince !== undefined && now - keptSince >= metricTtl;
}

/** Since when several servers keep all records; undefined: one is not known to. */
export function keptByAll(times: readonly (number | undefined)[]): number | undefined {
  let latest = Number.NEGATIVE_INFINITY;
  for (const time of times) {
    if (time === undefined) return undefined;
    latest = Math.max(latest, time);
  }
  return latest;
}
