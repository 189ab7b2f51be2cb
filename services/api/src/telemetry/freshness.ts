import type { MetricsText } from '@activescale/runtime';

const NAME = 'metrics_apiserver_metric_freshness_seconds';

/** As the library of the Go adapters has them, so that their dashboards work: 1.364 ^ i, in s. */
const BUCKETS = Array.from({ length: 20 }, (_, i) => 1.364 ** i);

export interface Freshness extends MetricsText {
  /** Takes the ages of single samples of an API group, in s. Called once for each group. */
  counter(group: string): (seconds: number) => void;
}

/**
 * How old the returned samples were. This histogram counts in place and writes its own text: prom-client's looks the
 * labels up at every observation, a sixth of the CPU of a query for 1,500 pods.
 *
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function createFreshness(): Freshness {
  // For each group the samples up to each bound, and those above all of them; not cumulative.
  const groups = new Map<string, { readonly counts: Float64Array; sum: number }>();
  return {
    counter(group) {
      const counted = { counts: new Float64Array(BUCKETS.length + 1), sum: 0 };
      groups.set(group, counted);
      return (seconds) => {
        let bucket = 0;
        while (bucket < BUCKETS.length && seconds > (BUCKETS[bucket] ?? 0)) bucket++;
        counted.counts[bucket] = (counted.counts[bucket] ?? 0) + 1;
        counted.sum += seconds;
      };
    },
    async metrics() {
      const lines = [
        `# HELP ${NAME} [ALPHA] Freshness of metrics exported`,
        `# TYPE ${NAME} histogram`,
        ...[...groups].flatMap(([group, { counts, sum }]) => linesOf(group, counts, sum)),
      ];
      return `${lines.join('\n')}\n`;
    },
  };
}

function linesOf(group: string, counts: Float64Array, sum: number): string[] {
  let total = 0;
  const buckets = Array.from(counts, (count, i) => {
    total += count;
    return `${NAME}_bucket{le="${BUCKETS[i] ?? '+Inf'}",group="${group}"} ${total}`;
  });
  return [...buckets, `${NAME}_sum{group="${group}"} ${sum}`, `${NAME}_count{group="${group}"} ${total}`];
}
