import type { LoadSample, LoadSeries } from '../series/load-series.ts';

/** A time in which the values do not change. In ms since the first sample. */
export interface Segment extends Omit<LoadSample, 'at'> {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** A sample counts until the next one, for at most this number of steps: queries take time, and Prometheus may miss a scrape. */
const VALID_STEPS = 3;

/** The series without gaps: after a sample that nothing follows in time, everything is unknown. */
export function segmentsOf({ samples, step }: Pick<LoadSeries, 'samples' | 'step'>): Segment[] {
  const start = samples[0]?.at ?? 0;
  return samples.flatMap(({ at, loads, replicas, ready }, index) => {
    const from = at - start;
    const next = samples[index + 1]?.at;
    const to = next === undefined ? from + step : next - start;
    const end = Math.min(to, from + VALID_STEPS * step);
    const known = { from, to: end, loads, replicas, ready };
    if (end === to) return [known];
    const unknown = loads.map(() => undefined);
    return [known, { from: end, to, loads: unknown, replicas: undefined, ready: undefined }];
  });
}

/**
 * The mean of each load over a window that ends at `now`, over the time for which it is known; undefined: it is not.
 * @param index the segment with `now`
 */
export function meanLoads(
  segments: readonly Segment[],
  index: number,
  now: number,
  window: number,
): readonly (number | undefined)[] {
  const sums = (segments[index]?.loads ?? []).map(() => ({ area: 0, covered: 0 }));
  for (let i = index; i >= 0; i--) {
    const segment = segments[i];
    if (segment === undefined || segment.to <= now - window) break;
    const covered = Math.min(segment.to, now) - Math.max(segment.from, now - window);
    for (const [metric, sum] of sums.entries()) {
      const load = segment.loads[metric];
      if (load === undefined) continue;
      sum.area += load * covered;
      sum.covered += covered;
    }
  }
  // Without a past there is only the value of the moment.
  return sums.map(({ area, covered }, metric) =>
    covered > 0 ? area / covered : segments[index]?.loads[metric],
  );
}
