import type { Address } from './parse.ts';
import type { SettingsReader } from './reader.ts';
import { type SentinelSettings, sentinelSettings } from './sentinel.ts';
import { type TlsSettings, tlsSettings } from './tls.ts';

/** How to reach Valkey. File names, not their contents: passwords and certificates are read on every connect. */
export interface ValkeySettings {
  /** The server; the Sentinels; or some nodes of the cluster. */
  readonly addresses: readonly Address[];
  readonly mode: 'standalone' | 'sentinel' | 'cluster';
  /** Required with mode sentinel. */
  readonly sentinel?: SentinelSettings;
  readonly username?: string;
  readonly passwordFile?: string;
  /** undefined: plaintext. */
  readonly tls?: TlsSettings;
}

/** Warnings about settings that are allowed but unsafe. */
export function valkeyWarnings({ passwordFile, tls, sentinel }: ValkeySettings): string[] {
  const warnings: string[] = [];
  if (passwordFile !== undefined && tls === undefined)
    warnings.push('the password of VALKEY_PASSWORD_FILE is sent in plaintext: set VALKEY_TLS=true');
  const sentinelPassword = sentinel?.passwordFile ?? (sentinel && passwordFile);
  if (sentinelPassword !== undefined && sentinel?.tls === false)
    warnings.push('the password of the Sentinels is sent in plaintext: set VALKEY_SENTINEL_TLS=true');
  return warnings;
}

export function valkeySettings(read: SettingsReader): ValkeySettings {
  const addresses = read.addresses('VALKEY_ADDR', {
    default: 'valkey:6379',
    also: 'REDIS_ADDR',
    help: 'Address of Valkey as host:port; in sentinel and cluster mode a comma-separated list of Sentinels or nodes.',
  });
  const mode = read.oneOf('VALKEY_MODE', {
    default: 'standalone',
    values: ['standalone', 'sentinel', 'cluster'],
    help: 'Mode of Valkey: standalone, sentinel or cluster.',
  });
  if (mode === 'standalone' && addresses.length > 1) {
    const list = addresses.map(({ host, port }) => `${host}:${port}`).join(',');
    read.problem('VALKEY_ADDR', list, 'several addresses need VALKEY_MODE=sentinel or cluster');
  }
  const username = read.optional('VALKEY_USERNAME', { help: 'ACL user; the default user if unset.' });
  const passwordFile = read.file('VALKEY_PASSWORD_FILE', {
    help: 'File with the password; read at every connection.',
  });
  if (username !== undefined && passwordFile === undefined) {
    read.problem('VALKEY_USERNAME', username, 'needs VALKEY_PASSWORD_FILE');
  }
  const tls = tlsSettings(read, {
    prefix: 'VALKEY',
    also: 'REDIS',
    help: {
      on: 'Connect to Valkey over TLS.',
      caFile: "PEM file of the CA of Valkey's certificate.",
      insecure: 'Accept any certificate of Valkey. For trials only.',
      certFile: 'PEM file of the client certificate, for mTLS.',
      keyFile: 'PEM file of its key.',
    },
  });
  const sentinel = sentinelSettings(read, mode, { passwordFile, tls });
  return {
    addresses,
    mode,
    ...(sentinel === undefined ? {} : { sentinel }),
    ...(username === undefined ? {} : { username }),
    ...(passwordFile === undefined ? {} : { passwordFile }),
    ...(tls === undefined ? {} : { tls }),
  };
}
