import { Histogram, type Registry } from 'prom-client';

const NAME = 'metrics_apiserver_metric_freshness_seconds';
const HELP = '[ALPHA] Freshness of metrics exported';

/** As the library of the Go adapters has them, so that their dashboards work: 1.364 ^ i, in s. */
const BUCKETS = Array.from({ length: 20 }, (_, i) => 1.364 ** i);

/**
 * How old the returned samples were. An ordinary histogram looks its labels up at every observation, which for the
 * 1,500 items of a large answer took a tenth of the query: this one counts in place.
 */
export class FreshnessHistogram extends Histogram<'group'> {
  readonly #groups = new Map<string, { readonly counts: Float64Array; sum: number }>();

  constructor(registry: Registry) {
    super({ name: NAME, help: HELP, labelNames: ['group'], buckets: BUCKETS, registers: [registry] });
  }

  /** Takes the ages of single samples of an API group, in s. */
  counter(group: string): (seconds: number) => void {
    // Of samples up to each bound, and of those above all of them; not cumulative.
    const counted = { counts: new Float64Array(BUCKETS.length + 1), sum: 0 };
    this.#groups.set(group, counted);
    return (seconds) => {
      let bucket = 0;
      while (bucket < BUCKETS.length && seconds > (BUCKETS[bucket] ?? 0)) bucket++;
      counted.counts[bucket] = (counted.counts[bucket] ?? 0) + 1;
      counted.sum += seconds;
    };
  }

  /** What prom-client's registry reads a metric by (lib/registry.js); its types leave it out. */
  async getForPromString() {
    const values = [...this.#groups].flatMap(([group, { counts, sum }]) => {
      let total = 0;
      const buckets = Array.from(counts, (count, i) => {
        total += count;
        return { metricName: `${NAME}_bucket`, value: total, labels: { le: BUCKETS[i] ?? '+Inf', group } };
      });
      return [
        ...buckets,
        { metricName: `${NAME}_sum`, value: sum, labels: { group } },
        { metricName: `${NAME}_count`, value: total, labels: { group } },
      ];
    });
    return { name: NAME, help: HELP, type: 'histogram', values, aggregator: 'sum' };
  }
}
