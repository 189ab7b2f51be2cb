import { LENGTH_DELIMITED, tagOf, VARINT } from './wire.ts';

/** io.prometheus.client.MetricType (proto2: an absent type is COUNTER). */
export const COUNTER = 0;
export const GAUGE = 1;
export const SUMMARY = 2;
export const HISTOGRAM = 4;

/** Tags of a MetricFamily's name, type and metric, and of a metric's time (io/prometheus/client/metrics.proto). */
export const NAME_TAG = tagOf(1, LENGTH_DELIMITED);
export const TYPE_TAG = tagOf(3, VARINT);
export const METRIC_TAG = tagOf(4, LENGTH_DELIMITED);
export const TIME_TAG = tagOf(6, VARINT);

/** A known name. */
export interface KnownName {
  readonly name: string;
}

/**
 * One statistic of one flush: Envoy sends a family per stat with exactly one metric in it. Of several metrics,
 * which Envoy never sends, the last one counts.
 */
export interface Family<K extends KnownName = KnownName> {
  readonly name: string;
  /** The value stored with a known name; undefined if the name was decoded. */
  readonly known: K | undefined;
  /** MetricType's number. */
  readonly type: number;
  /** Names and values, alternating; empty unless the sink emits tags as labels. */
  readonly labels: readonly string[];
  /** The value of a counter or gauge as sent: it may be NaN, infinite or negative. */
  readonly value: number;
  /** Samples of a summary or histogram in this flush interval, and their sum in the stat's unit. */
  readonly count: number;
  readonly sum: number;
  /** A histogram's upper bounds and the samples at or below each, alternating; empty if there are no samples. */
  readonly buckets: readonly number[];
  /** A summary's quantiles, from 0 to 1, and their values, alternating; empty if there are no samples. */
  readonly quantiles: readonly number[];
}
