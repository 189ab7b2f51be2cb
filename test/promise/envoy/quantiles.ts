/** The quantiles of a summary (source/common/stats/histogram_impl.cc). */
const SHARES = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 1] as const;

/** A range of durations that are counted together, in ms. */
interface Bin {
  readonly from: number;
  readonly width: number;
  count: number;
}

/**
 * Pairs of a quantile and its value in ms, of whole durations. Envoy's histograms (com_github_openhistogram_libcircllhist) keep
 * two digits of each, and interpolate within those that have the same.
 */
export function quantilesOf(durations: readonly number[]): [number, number][] {
  const bins = binsOf(durations);
  return SHARES.map((share) => {
    const rank = share * durations.length;
    let below = 0;
    for (const { from, width, count } of bins) {
      if (below + count >= rank) return [share, from + ((rank - below) / count) * width];
      below += count;
    }
    return [share, Number.NaN];
  });
}

function binsOf(durations: readonly number[]): readonly Bin[] {
  const bins: Bin[] = [];
  for (const duration of durations.toSorted((a, b) => a - b)) {
    const width = duration < 1 ? 0 : 10 ** (Math.floor(Math.log10(duration)) - 1);
    const from = width === 0 ? 0 : Math.floor(duration / width) * width;
    const last = bins.at(-1);
    if (last?.from === from) last.count++;
    else bins.push({ from, width, count: 1 });
  }
  return bins;
}
