// What the x509 library is built on needs it before anything else.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as x509 from '@peculiar/x509';

/** A serving certificate with its chain, and its key. PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };
const YEAR_MS = 365 * 24 * 3600 * 1000;
/** Clocks of clients may be a little late. */
const BACKDATED_MS = 5 * 60 * 1000;

export async function readCertificate(files: { certFile: string; keyFile: string }): Promise<Certificate> {
  const [cert, key] = await Promise.all([readFile(files.certFile, 'utf8'), readFile(files.keyFile, 'utf8')]);
  return { cert, key };
}

/**
 * A certificate that nobody vouches for, for a year from `now` (ms). Kept in memory: a read-only root file system is
 * no obstacle.
 */
export async function selfSignedCertificate(names: readonly string[], now: number): Promise<Certificate> {
  x509.cryptoProvider.set(webcrypto as Crypto);
  const keys = await webcrypto.subtle.generateKey({ ...ALGORITHM }, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${names[0]}`,
    notBefore: new Date(now - BACKDATED_MS),
    notAfter: new Date(now + YEAR_MS),
    signingAlgorithm: { ...ALGORITHM, hash: 'SHA-256' },
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyCertSign, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: ipOrName(value), value }))),
    ],
  });
  const der = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { cert: certificate.toString('pem'), key: x509.PemConverter.encode(der, 'PRIVATE KEY') };
}

function ipOrName(value: string): 'ip' | 'dns' {
  return /^[\d.]+$|:/.test(value) ? 'ip' : 'dns';
}
