import { type CommonSettings, commonSettings, type SettingsReader } from '@activescale/runtime';
import type { CounterMode } from './scope-facts.ts';

/** All settings of ingest. */
export interface IngestConfig extends CommonSettings {
  readonly grpcPort: number;
  /** The one family that is the gauge of active requests; undefined: the scopes of the proxy's type decide. */
  readonly metricName: string | undefined;
  /** How the sinks send counters. */
  readonly counterMode: CounterMode;
}

export function defineIngestConfig(read: SettingsReader): IngestConfig {
  return {
    ...commonSettings(read),
    grpcPort: read.integer('GRPC_PORT', {
      default: 9000,
      min: 0,
      max: 65_535,
      help: 'Port on which proxies push StreamMetrics; 0 takes any free one.',
    }),
    metricName: read.optional('METRIC_NAME', {
      unset: 'auto',
      help: 'Exactly this family is the gauge of active requests, and nothing else counts.',
    }),
    counterMode: read.oneOf('COUNTER_MODE', {
      default: 'cumulative',
      values: ['cumulative', 'delta'],
      help: 'delta for sinks with report_counters_as_deltas.',
    }),
  };
}
