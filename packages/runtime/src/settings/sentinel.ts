import type { SettingsReader } from './reader.ts';
import { type TlsSettings, tlsSettings } from './tls.ts';

/** How to reach the Sentinels. Absent values default to those of the servers. */
export interface SentinelSettings {
  /** The name of the primary in their configuration. */
  readonly name: string;
  readonly username?: string;
  readonly passwordFile?: string;
  /** false: plaintext, even if the servers use TLS. */
  readonly tls?: TlsSettings | false;
}

/** @param servers used for settings that are not set */
export function sentinelSettings(
  read: SettingsReader,
  mode: string,
  servers: { readonly passwordFile: string | undefined; readonly tls: TlsSettings | undefined },
): SentinelSettings | undefined {
  const inUse = mode === 'sentinel';
  const own = onlyWith(read, inUse, `has no meaning with VALKEY_MODE=${mode}`);
  const name = own.optional('VALKEY_SENTINEL_NAME', {
    help: 'Name of the primary in the configuration of the Sentinels.',
  });
  if (inUse && name === undefined) {
    read.problem('VALKEY_SENTINEL_NAME', '', 'VALKEY_MODE=sentinel needs the name of the primary');
  }
  const username = own.optional('VALKEY_SENTINEL_USERNAME', {
    unset: 'VALKEY_USERNAME, then the default user',
    help: 'ACL user of the Sentinels.',
  });
  const passwordFile = own.file('VALKEY_SENTINEL_PASSWORD_FILE', {
    unset: 'VALKEY_PASSWORD_FILE',
    help: 'File with the password of the Sentinels; read at every connection, and sent only if a Sentinel requires one.',
  });
  if (inUse && username !== undefined && (passwordFile ?? servers.passwordFile) === undefined) {
    read.problem('VALKEY_SENTINEL_USERNAME', username, 'needs VALKEY_SENTINEL_PASSWORD_FILE');
  }
  const tls = tlsSettings(own, {
    prefix: 'VALKEY_SENTINEL',
    inherited: { prefix: 'VALKEY', tls: servers.tls },
    help: {
      on: 'Connect to the Sentinels over TLS; false connects in plaintext.',
      caFile: "PEM file of the CA of the Sentinels' certificates.",
      insecure: 'Accept any certificate of the Sentinels. For trials only.',
      certFile: 'PEM file of the client certificate for the Sentinels, for mTLS.',
      keyFile: 'PEM file of its key.',
    },
  });
  if (!inUse || name === undefined) return undefined;
  return {
    name,
    ...(username === undefined ? {} : { username }),
    ...(passwordFile === undefined ? {} : { passwordFile }),
    tls: tls ?? false,
  };
}

/**
 * A reader for settings without a meaning in this mode: it notes a problem for each that is set, and otherwise
 * ignores them.
 */
function onlyWith(read: SettingsReader, inUse: boolean, why: string): SettingsReader {
  if (inUse) return read;
  const unused = <T>(name: string, value: T, absent: T): T => {
    if (value !== absent) read.problem(name, String(value), why);
    return absent;
  };
  return {
    ...read,
    optional: (name, options) => unused(name, read.optional(name, options), undefined),
    file: (name, options) => unused(name, read.optional(name, options), undefined),
    boolean: (name, options) => unused(name, read.boolean(name, options), options.default),
  };
}
