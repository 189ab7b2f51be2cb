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
  readonly #group: string;
  /** Of samples up to each bound, and of those above all of them; not cumulative. */
  readonly #counts = new Float64Array(BUCKETS.length + 1);
  #sum = 0;

  constructor(group: string, registry: Registry) {
    super({ name: NAME, help: HELP, labelNames: ['group'], buckets: BUCKETS, registers: [registry] });
    this.#group = group;
  }

  /** @param seconds age of one sample */
  count(seconds: number): void {
    let bucket = 0;
    while (bucket < BUCKETS.length && seconds > (BUCKETS[bucket] ?? 0)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += seconds;
  }

  /** What prom-client's registry reads a metric by (lib/registry.js); its types leave it out. */
  async getForPromString() {
    const labels = { group: this.#group };
    let total = 0;
    const buckets = Array.from(this.#counts, (count, i) => {
      total += count;
      return { metricName: `${NAME}_bucket`, value: total, labels: { le: BUCKETS[i] ?? '+Inf', ...labels } };
    });
    const sum = { metricName: `${NAME}_sum`, value: this.#sum, labels };
    const count = { metricName: `${NAME}_count`, value: total, labels };
    return { name: NAME, help: HELP, type: 'histogram', values: [...buckets, sum, count], aggregator: 'sum' };
  }
}
