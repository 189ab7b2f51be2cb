import type { MetricsText } from '@activescale/runtime';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { AnswerObserver } from '../metrics/observer.ts';
import { createFreshness } from './freshness.ts';

export interface Telemetry {
  /** The histogram that is not in the registry. */
  readonly freshness: MetricsText;
  /** A query was answered with this number of items. */
  answered(metric: string, items: number): void;
  /** Of the answers of an API group. */
  observer(group: string): Omit<AnswerObserver, 'onAnswer'>;
  /** Numbers since the last call, for the summary line. */
  summary(): Summary;
}

export interface Summary {
  readonly queries: number;
  readonly returned_items: number;
}

/** What is looked at when the metrics are read. */
export interface Observed {
  storeUp(): boolean;
  catalogueValid(): boolean;
  /** When the serving certificate ends, ms since the epoch. */
  certificateEnds(): number;
}

export function createTelemetry(registry: Registry, observed: Observed): Telemetry {
  const registers = [registry];
  const queries = new Counter({
    name: 'activescale_api_queries_total',
    help: 'Answered metric queries.',
    labelNames: ['metric'],
    registers,
  });
  const returned = new Counter({
    name: 'activescale_api_returned_items_total',
    help: 'Values in answers.',
    registers,
  });
  const omitted = new Counter({
    name: 'activescale_api_pods_omitted_total',
    help: 'Pods (sources, for demand) that matched a query but had no value, by reason.',
    labelNames: ['reason'],
    registers,
  });
  const empty = new Counter({
    name: 'activescale_api_empty_answers_total',
    help: 'Answers without a value, which are errors for the HPA.',
    labelNames: ['metric'],
    registers,
  });
  const freshness = createFreshness();
  new Gauge({
    name: 'activescale_api_valkey_up',
    help: 'Whether Valkey is connected: 1 or 0.',
    registers,
    collect() {
      this.set(Number(observed.storeUp()));
    },
  });
  new Gauge({
    name: 'activescale_api_metrics_file_valid',
    help: 'Whether the current METRICS_FILE is valid and served: 1 or 0.',
    registers,
    collect() {
      this.set(Number(observed.catalogueValid()));
    },
  });
  new Gauge({
    name: 'activescale_api_certificate_expiry_timestamp_seconds',
    help: 'Expiry of the serving certificate, in seconds since the epoch.',
    registers,
    collect() {
      this.set(observed.certificateEnds() / 1000);
    },
  });
  const coverage = new Histogram({
    name: 'activescale_api_object_coverage_ratio',
    help: 'Share of the pods (sources, for demand) of an object or external metric that are included in its value.',
    buckets: [0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1],
    registers,
  });
  let since = { queries: 0, returned_items: 0 };
  return {
    freshness,
    answered(metric, items) {
      queries.inc({ metric });
      returned.inc(items);
      if (items === 0) empty.inc({ metric });
      since.queries++;
      since.returned_items += items;
    },
    observer(group) {
      const count = freshness.counter(group);
      return {
        onOmitted: (reason) => omitted.inc({ reason }),
        observeAge: (age) => count(age / 1000),
        observeCoverage: (share) => coverage.observe(share),
      };
    },
    summary() {
      const summary = since;
      since = { queries: 0, returned_items: 0 };
      return summary;
    },
  };
}
