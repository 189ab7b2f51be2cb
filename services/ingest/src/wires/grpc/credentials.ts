import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { SecureContextOptions } from 'node:tls';
import { type Closable, startReload } from '@activescale/runtime';

/** Files of the gRPC port's TLS, PEM. */
export interface GrpcTlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Authorities of the clients; undefined: no certificate is asked of them. */
  readonly clientCaFile: string | undefined;
}

export interface GrpcCredentials extends Closable {
  /** The current credentials; undefined: plaintext. */
  readonly tls: (() => TlsMaterial) | undefined;
  /** When the certificate ends, ms since the epoch; undefined: plaintext. */
  ends(): number | undefined;
  /** @returns removes the listener */
  onReplaced(listener: () => void): () => void;
}

/** Options of a TLS server; `ca` has the authorities of client certificates, if they are required. */
export type TlsMaterial = Pick<SecureContextOptions, 'cert' | 'key' | 'ca'>;

interface Material {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly clientCa: Buffer | undefined;
}

export interface GrpcTlsEvents {
  /** The files have changed: new connections use the new content, open ones continue. */
  replaced(): void;
  /** The files have changed into something that cannot be served; the former certificate stays. */
  failed(error: unknown): void;
}

/** Plaintext without files. Rejects if the files are invalid. */
export async function grpcCredentials(
  files: GrpcTlsFiles | undefined,
  events: GrpcTlsEvents,
): Promise<GrpcCredentials> {
  if (files === undefined)
    return { tls: undefined, ends: () => undefined, onReplaced: () => () => {}, close() {} };
  const listeners = new Set<() => void>();
  const source = await startReload<Material>({
    next: () => readMaterial(files),
    same: (a, b) => a.cert.equals(b.cert) && a.key.equals(b.key) && sameCa(a, b),
    check: assertUsable,
    onChange() {
      for (const listener of listeners) listener();
      events.replaced();
    },
    onError: events.failed,
  });
  return {
    tls() {
      const { cert, key, clientCa } = source.current;
      return { cert, key, ...(clientCa !== undefined && { ca: clientCa }) };
    },
    ends: () => new X509Certificate(source.current.cert).validToDate.getTime(),
    onReplaced(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: source.close,
  };
}

async function readMaterial({ certFile, keyFile, clientCaFile }: GrpcTlsFiles): Promise<Material> {
  const [cert, key, clientCa] = await Promise.all([
    readFile(certFile),
    readFile(keyFile),
    clientCaFile === undefined ? undefined : readFile(clientCaFile),
  ]);
  return { cert, key, clientCa };
}

function assertUsable({ cert, key, clientCa }: Material): void {
  const certificate = parsed('GRPC_TLS_CERT_FILE', () => new X509Certificate(cert));
  const privateKey = parsed('GRPC_TLS_KEY_FILE', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new Error('GRPC_TLS_KEY_FILE does not match GRPC_TLS_CERT_FILE');
  }
  if (clientCa !== undefined) parsed('GRPC_TLS_CLIENT_CA_FILE', () => new X509Certificate(clientCa));
}

function parsed<T>(variable: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new Error(`the file in ${variable} cannot be used: ${String(cause)}`, { cause });
  }
}

function sameCa({ clientCa: a }: Material, { clientCa: b }: Material): boolean {
  return a === undefined || b === undefined ? a === b : a.equals(b);
}
