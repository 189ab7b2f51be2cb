import type { Segment } from './segments.ts';

/** Replicas and load over a time. */
export interface Summary {
  /** In the time in which they are known. */
  readonly replicas: { readonly min: number; readonly mean: number; readonly max: number };
  readonly podHours: number;
  /** Changes of the replicas. */
  readonly changes: number;
  /** Seconds in which a ready pod had more load than the limit, or in which no pod was ready for a load; undefined: unknown. */
  readonly secondsAbove: number | undefined;
  /** The highest load of a ready pod relative to the limit; undefined: unknown, or no pod was ever ready. */
  readonly worst: number | undefined;
}

/** More than a rounding error above the limit. */
const EPSILON = 1e-9;

/**
 * @param limits load of one pod for each metric, in milli-units
 * @returns undefined if the replicas are never known
 */
export function summarize(segments: readonly Segment[], limits: readonly number[]): Summary | undefined {
  let [min, max, area, known, above, changes] = [Number.POSITIVE_INFINITY, 0, 0, 0, 0, 0];
  let worst: number | undefined;
  let before: number | undefined;
  let isReadyKnown = false;
  for (const { from, to, loads, replicas, ready } of segments) {
    if (replicas === undefined) continue;
    const duration = to - from;
    known += duration;
    area += replicas * duration;
    [min, max] = [Math.min(min, replicas), Math.max(max, replicas)];
    if (before !== undefined && before !== replicas) changes++;
    before = replicas;
    if (ready === undefined) continue;
    isReadyKnown = true;
    const ratio = ratioOf(loads, limits, ready);
    if (ratio === undefined) continue;
    if (ratio > 1 + EPSILON) above += duration;
    if (Number.isFinite(ratio)) worst = Math.max(worst ?? 0, ratio);
  }
  if (known === 0) return undefined;
  return {
    replicas: { min, mean: area / known, max },
    podHours: area / 3_600_000,
    changes,
    secondsAbove: isReadyKnown ? above / 1000 : undefined,
    worst,
  };
}

/** The highest of the metrics; infinite if there is load and no ready pod. undefined: all loads are unknown. */
function ratioOf(loads: Segment['loads'], limits: readonly number[], ready: number): number | undefined {
  let highest: number | undefined;
  for (const [index, load] of loads.entries()) {
    const limit = limits[index];
    if (load === undefined || limit === undefined) continue;
    const ratio = load === 0 ? 0 : (load * 1000) / (ready * limit);
    highest = Math.max(highest ?? 0, ratio);
  }
  return highest;
}

/** Seconds in which a load is unknown, so that the HPA does not scale in, or not at all. */
export function secondsUnknown(segments: readonly Segment[]): number {
  const unknown = segments.filter(({ loads }) => loads.includes(undefined));
  return unknown.reduce((sum, { from, to }) => sum + to - from, 0) / 1000;
}

/**
 * The share of the time in which replayed replicas differ by at most `distance` from the observed ones; undefined: those are
 * unknown.
 */
export function agreement(
  observed: readonly Segment[],
  replayed: readonly Segment[],
  distance: number,
): number | undefined {
  let [known, close, index] = [0, 0, 0];
  for (const { from, to, replicas } of replayed) {
    // The replay divides the observed segments.
    while ((observed[index]?.to ?? Number.POSITIVE_INFINITY) <= from) index++;
    const seen = observed[index]?.replicas;
    if (seen === undefined || replicas === undefined) continue;
    known += to - from;
    if (Math.abs(seen - replicas) <= distance) close += to - from;
  }
  return known === 0 ? undefined : close / known;
}
