import { type BehaviorSpec, rulesOf } from './behavior.ts';

/** The controller's memory of an HPA, which is lost when it restarts. Times in s, of any clock. */
export interface History {
  /** Before the limits. */
  readonly recommendations: readonly { readonly at: number; readonly replicas: number }[];
  /** Of spec.replicas by this HPA; negative for scaling in. */
  readonly changes: readonly { readonly at: number; readonly by: number }[];
}

/** What one sync adds to it. */
export interface HistoryEntry {
  readonly at: number;
  /** undefined: the metrics were not read, or had no value. */
  readonly recommendation: number | undefined;
  readonly change: number;
}

/** The first sync counts the current replicas as a recommendation (horizontal.go, recordInitialRecommendation). */
export function firstHistory(at: number, current: number): History {
  return { recommendations: [{ at, replicas: current }], changes: [] };
}

/** The history after a sync, without what no longer matters. */
export function remember(
  { recommendations, changes }: History,
  { at, recommendation, change }: HistoryEntry,
  behavior: BehaviorSpec | undefined,
): History {
  const { up, down } = rulesOf(behavior ?? {});
  const periods = [...up.policies, ...down.policies].map(({ periodSeconds }) => periodSeconds);
  const window = Math.max(up.stabilizationSeconds, down.stabilizationSeconds);
  const recommended = recommendation === undefined ? [] : [{ at, replicas: recommendation }];
  const changed = change === 0 ? [] : [{ at, by: change }];
  return {
    recommendations: [...within(recommendations, at, window), ...recommended],
    changes: [...within(changes, at, Math.max(0, ...periods)), ...changed],
  };
}

/** The recommendations of the last seconds, without the current one. */
export function recommendedWithin({ recommendations }: History, now: number, seconds: number): number[] {
  return within(recommendations, now, seconds).map(({ replicas }) => replicas);
}

/** By how much the replicas changed in the last seconds. */
export function changeWithin({ changes }: History, now: number, seconds: number): number {
  return within(changes, now, seconds).reduce((sum, { by }) => sum + by, 0);
}

/** Exactly as old does not count (timestamp.After(cutoff) in horizontal.go). */
function within<T extends { readonly at: number }>(
  entries: readonly T[],
  now: number,
  seconds: number,
): readonly T[] {
  return entries.filter(({ at }) => at > now - seconds);
}
