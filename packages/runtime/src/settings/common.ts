import type { SettingsReader } from './reader.ts';
import { type ValkeySettings, valkeySettings } from './valkey.ts';

/** The settings that ingest and api share. Durations in ms. */
export interface CommonSettings {
  readonly valkey: ValkeySettings;
  readonly keyPrefix: string;
  readonly metricTtl: number;
  /** `undefined`: all addresses. */
  readonly listenHost: string | undefined;
  readonly adminPort: number;
  readonly logVerbosity: number;
  /** 0: disabled. */
  readonly summaryInterval: number;
}

export function commonSettings(read: SettingsReader): CommonSettings {
  return {
    valkey: valkeySettings(read),
    keyPrefix: keyPrefix(read),
    metricTtl: read.duration('METRIC_TTL', {
      default: '20s',
      min: 1_000,
      max: 3_600_000,
      help: 'Time for which a sample is fresh, at least 4 flushes of its stream.',
    }),
    listenHost: read.optional('LISTEN_HOST', {
      unset: 'all addresses',
      help: 'Address to listen on.',
    }),
    adminPort: read.integer('ADMIN_PORT', {
      default: 18_080,
      min: 0,
      max: 65_535,
      help: 'Port of /livez, /readyz, /healthz and /metrics; 0 for any free port.',
    }),
    logVerbosity: read.integer('LOG_VERBOSITY', {
      default: 0,
      min: 0,
      max: 4,
      help: 'Log verbosity from 0 to 4: 1 to 3 add debug lines, 4 logs every message.',
    }),
    summaryInterval: read.duration('LOG_METRICS_SUMMARY_INTERVAL', {
      default: '30s',
      help: 'Time between two summary lines; 0s disables them.',
    }),
  };
}

function keyPrefix(read: SettingsReader): string {
  const value = read.string('KEY_PREFIX', {
    default: 'activescale',
    also: 'REDIS_CONTEXT',
    help: 'Prefix of every key; use a different one for each Kubernetes cluster that shares a Valkey.',
  });
  // Braces would move the hash tag, which keeps a namespace in one hash slot of a Valkey Cluster.
  if (/[\s{}\p{Cc}]/u.test(value) || value.length > 128) {
    read.problem(
      'KEY_PREFIX',
      value,
      'expected at most 128 characters without braces, blanks or control characters',
    );
  }
  return value;
}
