import { createPrivateKey, X509Certificate } from 'node:crypto';
import { type Certificate, readCertificate, selfSignedCertificate } from './certificate.ts';

/** The serving certificate, kept up to date. */
export interface CertificateSource {
  readonly current: Certificate;
  close(): void;
}

export interface CertificateSourceOptions {
  /** undefined: one is made, for `names`. */
  readonly files: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly names: readonly string[];
  onChange(certificate: Certificate): void;
  /** Told that files changed into something that cannot be served; the former certificate stays. */
  onError(error: unknown): void;
}

/** Files are compared this often, in ms: no file event comes for the symbolic links of a Secret's volume. */
const LOOK_MS = 2_000;
/** A certificate of our own is replaced when it is valid for less than this, in ms. */
const RENEW_MS = 30 * 24 * 3600 * 1000;

/** Rejects when there is nothing that can be served. */
export async function startCertificateSource(options: CertificateSourceOptions): Promise<CertificateSource> {
  const { files, names, onChange, onError } = options;
  const make = () => selfSignedCertificate(names, Date.now());
  let current = files === undefined ? await make() : await readCertificate(files);
  assertPair(current);
  let failed: string | undefined;

  const next = async (): Promise<Certificate> => {
    if (files !== undefined) return readCertificate(files);
    const { validToDate } = new X509Certificate(current.cert);
    return validToDate.getTime() - Date.now() > RENEW_MS ? current : make();
  };
  const look = async (): Promise<void> => {
    try {
      const found = await next();
      if (found.cert === current.cert && found.key === current.key) return;
      assertPair(found);
      current = found;
      failed = undefined;
      onChange(found);
    } catch (error) {
      // Both files change one after the other: a pair that does not match yet is told once, if it stays.
      const message = String(error);
      if (failed !== message) failed = message;
      else onError(error);
    }
  };
  const timer = setInterval(() => void look(), LOOK_MS).unref();
  return {
    get current() {
      return current;
    },
    close: () => clearInterval(timer),
  };
}

function assertPair({ cert, key }: Certificate): void {
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
    throw new Error('the key in TLS_KEY_FILE is not that of the certificate in TLS_CERT_FILE');
  }
}
