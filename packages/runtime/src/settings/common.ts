import type { Address } from './parse.ts';
import type { SettingsReader } from './reader.ts';

/** How to reach Valkey. File names, not their contents: passwords and certificates are read on every connect. */
export interface ValkeySettings {
  /** The server; the sentinels; or some nodes of the cluster. */
  readonly addresses: readonly Address[];
  readonly mode: 'standalone' | 'sentinel' | 'cluster';
  readonly sentinelName?: string;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly tls?: {
    readonly caFile?: string;
    readonly certFile?: string;
    readonly keyFile?: string;
    /** Take any certificate of the server. */
    readonly insecure: boolean;
  };
}

/** The settings that ingest and api share. Durations in ms. */
export interface CommonSettings {
  readonly valkey: ValkeySettings;
  readonly keyPrefix: string;
  readonly metricTtl: number;
  /** `undefined`: all addresses. */
  readonly listenHost: string | undefined;
  readonly adminPort: number;
  readonly logVerbosity: number;
  /** 0: no summary lines. */
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
      help: 'How long a sample is fresh; never under 4 flushes of its stream.',
    }),
    listenHost: read.optional('LISTEN_HOST', {
      unset: 'all addresses',
      help: 'The address to listen on.',
    }),
    adminPort: read.integer('ADMIN_PORT', {
      default: 18_080,
      min: 0,
      max: 65_535,
      help: 'Port of /livez, /readyz, /healthz and /metrics; 0 takes any free one.',
    }),
    logVerbosity: read.integer('LOG_VERBOSITY', {
      default: 0,
      min: 0,
      max: 4,
      help: '0 is quiet, 1 to 3 add debug lines, 4 logs every message.',
    }),
    summaryInterval: read.duration('LOG_METRICS_SUMMARY_INTERVAL', {
      default: '30s',
      help: 'Time between two summary lines; 0s for none.',
    }),
  };
}

function valkeySettings(read: SettingsReader): ValkeySettings {
  const addresses = read.addresses('VALKEY_ADDR', {
    default: 'valkey:6379',
    also: 'REDIS_ADDR',
    help: 'Valkey as host:port; a comma list of sentinels or of cluster nodes in those modes.',
  });
  const mode = read.oneOf('VALKEY_MODE', {
    default: 'standalone',
    values: ['standalone', 'sentinel', 'cluster'],
    help: 'How Valkey is run: standalone, sentinel or cluster.',
  });
  const sentinelName = read.optional('VALKEY_SENTINEL_NAME', {
    help: 'The name under which the sentinels watch the primary.',
  });
  if (mode === 'standalone' && addresses.length > 1) {
    const list = addresses.map(({ host, port }) => `${host}:${port}`).join(',');
    read.problem('VALKEY_ADDR', list, 'several addresses need VALKEY_MODE=sentinel or cluster');
  }
  if (mode === 'sentinel' && sentinelName === undefined) {
    read.problem('VALKEY_SENTINEL_NAME', '', 'VALKEY_MODE=sentinel needs the name of the primary');
  }
  if (mode !== 'sentinel' && sentinelName !== undefined) {
    read.problem('VALKEY_SENTINEL_NAME', sentinelName, `has no meaning with VALKEY_MODE=${mode}`);
  }
  const username = read.optional('VALKEY_USERNAME', { help: 'ACL user; without it the default user.' });
  const passwordFile = read.file('VALKEY_PASSWORD_FILE', {
    help: 'File with the password, read again at every connect.',
  });
  if (username !== undefined && passwordFile === undefined) {
    read.problem('VALKEY_USERNAME', username, 'needs VALKEY_PASSWORD_FILE');
  }
  const tls = tlsSettings(read);
  return {
    addresses,
    mode,
    ...(sentinelName === undefined ? {} : { sentinelName }),
    ...(username === undefined ? {} : { username }),
    ...(passwordFile === undefined ? {} : { passwordFile }),
    ...(tls === undefined ? {} : { tls }),
  };
}

function tlsSettings(read: SettingsReader): ValkeySettings['tls'] {
  const on = read.boolean('VALKEY_TLS', {
    default: false,
    also: 'REDIS_TLS',
    help: 'Connect to Valkey over TLS.',
  });
  const caFile = read.file('VALKEY_CA_FILE', {
    also: 'REDIS_CA_FILE',
    unset: 'the public authorities',
    help: "PEM file of the authority of Valkey's certificate.",
  });
  const insecure = read.boolean('VALKEY_TLS_INSECURE', {
    default: false,
    also: 'REDIS_TLS_INSECURE',
    help: "Take any certificate of Valkey's. For trials only.",
  });
  const certFile = read.file('VALKEY_CERT_FILE', { help: 'PEM file of our certificate, for mTLS.' });
  const keyFile = read.file('VALKEY_KEY_FILE', { help: 'PEM file of its key.' });
  if (certFile !== undefined && keyFile === undefined) {
    read.problem('VALKEY_CERT_FILE', certFile, 'needs VALKEY_KEY_FILE');
  }
  if (keyFile !== undefined && certFile === undefined) {
    read.problem('VALKEY_KEY_FILE', keyFile, 'needs VALKEY_CERT_FILE');
  }
  if (on) {
    return {
      insecure,
      ...(caFile === undefined ? {} : { caFile }),
      ...(certFile === undefined ? {} : { certFile }),
      ...(keyFile === undefined ? {} : { keyFile }),
    };
  }
  // A forgotten VALKEY_TLS must not send the password over the wire in clear.
  const needsTls = { VALKEY_CA_FILE: caFile, VALKEY_CERT_FILE: certFile, VALKEY_KEY_FILE: keyFile };
  for (const [name, value] of Object.entries(needsTls)) {
    if (value !== undefined) read.problem(name, value, 'has no effect without VALKEY_TLS=true');
  }
  if (insecure) read.problem('VALKEY_TLS_INSECURE', 'true', 'has no effect without VALKEY_TLS=true');
  return undefined;
}

function keyPrefix(read: SettingsReader): string {
  const value = read.string('KEY_PREFIX', {
    default: 'activescale',
    also: 'REDIS_CONTEXT',
    help: 'First part of every key: one for each Kubernetes cluster that shares a Valkey.',
  });
  // Braces would move the hash tag, which keeps a namespace on one slot of a Valkey cluster.
  if (/[\s{}\p{Cc}]/u.test(value) || value.length > 128) {
    read.problem(
      'KEY_PREFIX',
      value,
      'expected at most 128 characters without braces, blanks or control characters',
    );
  }
  return value;
}
