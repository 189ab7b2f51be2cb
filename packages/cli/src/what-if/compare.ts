import { type Phase, phasesOf } from './replay/phases.ts';
import { replay } from './replay/replay.ts';
import { type Segment, segmentsOf } from './replay/segments.ts';
import { agreement, type Summary, secondsUnknown, summarize } from './replay/summary.ts';
import { ReplayError } from './replay-error.ts';
import type { LoadSeries, ReplayedHpa } from './series/load-series.ts';
import type { Setting } from './settings/setting.ts';

/** What each setting would have done with the same load. */
export interface Comparison {
  readonly hpa: ReplayedHpa;
  /** ms since the epoch. */
  readonly from: number;
  readonly seconds: number;
  readonly secondsUnknown: number;
  /** Replicas at the start. */
  readonly startReplicas: number;
  /** Load of one pod in milli-units above which seconds are counted; undefined: the target of each setting. */
  readonly capacity: number | undefined;
  readonly segments: readonly Segment[];
  /** What really ran; undefined: unknown. */
  readonly observed: Pick<Replayed, 'summary' | 'phases'> | undefined;
  /** The share of the time in which the replay of the present is within one replica of what ran; undefined: unknown. */
  readonly withinOne: number | undefined;
  /** The present first. */
  readonly replays: readonly Replayed[];
}

export interface Replayed {
  readonly setting: Setting;
  readonly summary: Summary;
  readonly phases: readonly Phase[];
}

/**
 * Replays the series under each setting.
 * @param settings the present first
 * @throws ReplayError if the series is too short or has no load
 */
export function compare(
  series: LoadSeries,
  settings: readonly Setting[],
  capacity: number | undefined,
): Comparison {
  const { hpa, samples } = series;
  const segments = segmentsOf(series);
  const length = segments.at(-1)?.to ?? 0;
  requireLength(length, settings);
  if (segments.every(({ loads }) => loads.every((load) => load === undefined)))
    throw new ReplayError('the load is unknown in the whole series');
  const startReplicas =
    samples.find(({ replicas }) => replicas !== undefined)?.replicas ?? firstReplicas(series);
  const observed = summarize(
    segments,
    limitsOf(
      hpa.metrics.map(({ target }) => target),
      capacity,
    ),
  );
  let withinOne: number | undefined;
  const replays = settings.map((setting, index): Replayed => {
    const spans = replay({ metrics: hpa.metrics, segments, replicas: startReplicas }, setting);
    const summary = summarize(spans, limitsOf(setting.targets, capacity));
    if (summary === undefined) throw new Error('a replay without a span');
    if (index === 0) withinOne = agreement(segments, spans, 1);
    return { setting, summary, phases: phasesOf(spans) };
  });
  return {
    hpa,
    from: samples[0]?.at ?? 0,
    seconds: length / 1000,
    secondsUnknown: secondsUnknown(segments),
    startReplicas,
    capacity,
    segments,
    observed: observed && { summary: observed, phases: phasesOf(segments) },
    withinOne,
    replays,
  };
}

/** Of each metric, in milli-units. */
function limitsOf(targets: readonly number[], capacity: number | undefined): readonly number[] {
  return capacity === undefined ? targets : targets.map(() => capacity);
}

/** A series in which the HPA decides only once shows nothing. @param length in ms @throws ReplayError */
export function requireLength(length: number, settings: readonly Setting[]): void {
  const longest = Math.max(...settings.map(({ syncPeriod }) => syncPeriod));
  if (length >= 2 * longest) return;
  throw new ReplayError(
    `${length / 1000} s of load are too short: expected at least two sync periods of ${longest / 1000} s`,
  );
}

/** Enough for the first load that is known. */
function firstReplicas({ hpa: { metrics, min, max }, samples }: LoadSeries): number {
  const wanted = metrics.map(({ target }, index) => {
    const first = samples.find(({ loads }) => loads[index] !== undefined)?.loads[index] ?? 0;
    return Math.ceil((first * 1000) / target);
  });
  return Math.min(max, Math.max(min, ...wanted));
}
