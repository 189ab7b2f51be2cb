import { createPrivateKey, X509Certificate } from 'node:crypto';
import { type Reloaded, startReload } from '@activescale/runtime';
import { readCertificate, selfSignedCertificate } from './certificate.ts';
import type { Certificate } from './x509.ts';

/** The serving certificate, kept up to date. */
export interface CertificateSource extends Reloaded<Certificate> {
  /** @returns removes the listener */
  onReplaced(listener: () => void): () => void;
}

export interface CertificateSourceOptions {
  /** undefined: one is made, for `names`. */
  readonly files: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly names: readonly string[];
  onChange(certificate: Certificate): void;
  /** Called when the files have changed into something that cannot be served; the former certificate stays. */
  onError(error: unknown): void;
}

/** A certificate of our own is replaced when it is valid for less than this, in ms. */
const RENEW_MS = 30 * 24 * 3600 * 1000;

/** Rejects when there is nothing that can be served. */
export async function startCertificateSource(options: CertificateSourceOptions): Promise<CertificateSource> {
  const { files, names, onChange, onError } = options;
  const listeners = new Set<() => void>();
  const source = await startReload<Certificate>({
    async next(current) {
      if (files !== undefined) return readCertificate(files);
      return current !== undefined && isLongValid(current)
        ? current
        : selfSignedCertificate(names, Date.now());
    },
    same: (a, b) => a.cert === b.cert && a.key === b.key,
    check: assertPair,
    onChange(next) {
      onChange(next);
      for (const listener of listeners) listener();
    },
    onError,
  });
  return {
    get current() {
      return source.current;
    },
    onReplaced(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: source.close,
  };
}

function isLongValid({ cert }: Certificate): boolean {
  return new X509Certificate(cert).validToDate.getTime() - Date.now() > RENEW_MS;
}

function assertPair({ cert, key }: Certificate): void {
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
    throw new Error('TLS_KEY_FILE does not match TLS_CERT_FILE');
  }
}
