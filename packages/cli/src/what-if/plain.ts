import type { Comparison } from './compare.ts';
import type { Phase } from './replay/phases.ts';
import { notes } from './text.ts';

/** A comparison for JSON: targets in the metric's unit, durations in s. */
export function plain(comparison: Comparison): object {
  const { hpa, from, seconds, secondsUnknown, startReplicas, observed, withinOne } = comparison;
  const { capacity, replays } = comparison;
  return {
    namespace: hpa.namespace,
    name: hpa.name,
    target: hpa.target,
    metrics: hpa.metrics.map(({ text }) => text),
    from: new Date(from).toISOString(),
    seconds,
    secondsUnknown,
    startReplicas,
    capacity: capacity === undefined ? undefined : capacity / 1000,
    withinOne,
    observed: observed && { ...observed.summary, history: history(observed.phases) },
    settings: replays.map(({ setting, summary, phases }) => ({
      name: setting.name,
      targets: setting.targets.map((target) => target / 1000),
      minReplicas: setting.min,
      maxReplicas: setting.max,
      behavior: setting.behavior,
      tolerance: setting.tolerance,
      syncPeriod: setting.syncPeriod / 1000,
      podStart: setting.podStart / 1000,
      window: setting.window === undefined ? undefined : setting.window / 1000,
      ...summary,
      history: history(phases),
    })),
    notes: notes(comparison),
  };
}

/** The replicas from a second on; null: unknown. */
function history(phases: readonly Phase[]): { readonly second: number; readonly replicas: number | null }[] {
  return phases.map(({ from, replicas }) => ({ second: from / 1000, replicas: replicas ?? null }));
}
