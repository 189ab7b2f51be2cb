import { readFile } from 'node:fs/promises';
import { type Certificate, signSelf, x509 } from './x509.ts';

const YEAR_MS = 365 * 24 * 3600 * 1000;

export async function readCertificate(files: { certFile: string; keyFile: string }): Promise<Certificate> {
  const [cert, key] = await Promise.all([readFile(files.certFile, 'utf8'), readFile(files.keyFile, 'utf8')]);
  return { cert, key };
}

/**
 * A self-signed serving certificate, valid for a year from `now` (ms). It is kept in memory, because the root file system may
 * be read-only.
 */
export function selfSignedCertificate(names: readonly string[], now: number): Promise<Certificate> {
  return signSelf({
    subject: `CN=${names[0]}`,
    now,
    life: YEAR_MS,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyCertSign, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: ipOrName(value), value }))),
    ],
  });
}

function ipOrName(value: string): 'ip' | 'dns' {
  return /^[\d.]+$|:/.test(value) ? 'ip' : 'dns';
}
