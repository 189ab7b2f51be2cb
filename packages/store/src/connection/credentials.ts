import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { TlsSettings } from '@activescale/runtime';
import { errorText } from '../store-error.ts';
import type { StoreOptions } from '../types.ts';

/** The options that can change while the process runs, read from files. */
export interface Credentials {
  readonly username?: string;
  readonly password?: string;
  readonly tls?: ConnectionOptions;
}

/** Arguments of AUTH: a password, or a user and a password. */
export type Login = readonly [string] | readonly [string, string];

export interface SentinelCredentials {
  /** To be tried in this order if a Sentinel requires authentication. */
  readonly logins: readonly Login[];
  readonly tls?: ConnectionOptions;
}

/** Reads the servers' files in `options`. Throws what `fs` throws. */
export function readCredentials({ username, passwordFile, tls }: StoreOptions): Credentials {
  return {
    ...(username === undefined ? {} : { username }),
    ...(passwordFile === undefined ? {} : { password: readPassword(passwordFile) }),
    ...(tls === undefined ? {} : { tls: readTls(tls) }),
  };
}

/** The credentials to use while their files cannot be read. Never without TLS if TLS was configured. */
export function withoutFiles({ username, tls }: StoreOptions): Credentials {
  return {
    ...(username === undefined ? {} : { username }),
    ...(tls === undefined ? {} : { tls: { rejectUnauthorized: !tls.insecure } }),
  };
}

/**
 * The same for the Sentinels: options that `options.sentinel` lacks are as for the servers. Because a Sentinel
 * usually has no users, the servers' user is tried first and then the default user. Throws what `fs` throws.
 */
export function readSentinelCredentials(options: StoreOptions): SentinelCredentials {
  const { sentinel } = options;
  const passwordFile = sentinel?.passwordFile ?? options.passwordFile;
  const username = sentinel?.username ?? options.username;
  const tls = sentinelTls(options);
  const logins: Login[] = [];
  if (passwordFile !== undefined) {
    const password = readPassword(passwordFile);
    if (username !== undefined) logins.push([username, password]);
    if (sentinel?.username === undefined) logins.push([password]);
  }
  return { logins, ...(tls === undefined ? {} : { tls: readTls(tls) }) };
}

export function sentinelsWithoutFiles(options: StoreOptions): SentinelCredentials {
  const tls = sentinelTls(options);
  return { logins: [], ...(tls === undefined ? {} : { tls: { rejectUnauthorized: !tls.insecure } }) };
}

function sentinelTls({ sentinel, tls }: StoreOptions): TlsSettings | undefined {
  return sentinel?.tls === undefined ? tls : sentinel.tls || undefined;
}

/**
 * Reads the files at each call; if they cannot be read, the last credentials stay, and `onRead` gets the
 * problem.
 */
export function rereadable<T>(
  read: () => T,
  otherwise: T,
  onRead: (problem: string | undefined) => void,
): () => T {
  let last = otherwise;
  return () => {
    try {
      last = read();
      onRead(undefined);
    } catch (error) {
      onRead(errorText(error));
    }
    return last;
  };
}

function readPassword(file: string): string {
  return readFileSync(file, 'utf8').trimEnd();
}

function readTls({ insecure, caFile, certFile, keyFile }: TlsSettings): ConnectionOptions {
  return {
    rejectUnauthorized: !insecure,
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }),
    ...(certFile === undefined ? {} : { cert: readFileSync(certFile) }),
    ...(keyFile === undefined ? {} : { key: readFileSync(keyFile) }),
  };
}
