import type { Head } from '@activescale/protocol/record';

/** What a metric's name means: one value of one pod, out of what ingest stored about it. */
export interface PodMetric {
  readonly name: string;
  /** Of a pod that is live; an idle one is 0. */
  value(head: Head): number;
}

/** Metrics by name. */
export type Catalogue = ReadonlyMap<string, PodMetric>;

const METRICS: readonly PodMetric[] = [{ name: 'active_requests', value: (head) => head.active }];

export const builtInCatalogue: Catalogue = new Map(METRICS.map((metric) => [metric.name, metric]));
