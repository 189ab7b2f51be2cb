// The x509 library requires that this is imported before anything else.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** To be imported from here only, after reflect-metadata. */
export { x509 };

/** A certificate, perhaps with its chain, and its key. PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** The content of a certificate. */
export interface CertificateContent {
  /** Its subject, as in `CN=activescale-api`. */
  readonly subject: string;
  /** The start of its validity, in ms since the epoch, and its duration, in ms. */
  readonly now: number;
  readonly life: number;
  readonly extensions: x509.Extension[];
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNING = { ...ALGORITHM, hash: 'SHA-256' };
/** Clocks of clients may be slightly behind. */
const BACKDATED_MS = 5 * 60 * 1000;

x509.cryptoProvider.set(webcrypto as Crypto);

/** Signs a certificate for a new key with that key. */
export async function signSelf({
  subject,
  extensions,
  ...content
}: CertificateContent): Promise<Certificate> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: subject,
    ...lifeOf(content),
    signingAlgorithm: SIGNING,
    keys,
    extensions,
  });
  return pair(certificate, keys);
}

/** Signs a certificate for a new key with the key of `authority`. */
export async function signBy(
  authority: Certificate,
  { subject, extensions, ...content }: CertificateContent,
): Promise<Certificate> {
  const keys = await generateKeys();
  const issuer = new x509.X509Certificate(authority.cert);
  const key = x509.PemConverter.decodeFirst(authority.key);
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: issuer.subjectName,
    ...lifeOf(content),
    signingAlgorithm: SIGNING,
    publicKey: keys.publicKey,
    signingKey: await webcrypto.subtle.importKey('pkcs8', key, ALGORITHM, false, ['sign']),
    extensions,
  });
  return pair(certificate, keys);
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey({ ...ALGORITHM }, true, ['sign', 'verify']);
}

async function pair(certificate: x509.X509Certificate, keys: webcrypto.CryptoKeyPair): Promise<Certificate> {
  const der = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { cert: `${certificate.toString('pem')}\n`, key: x509.PemConverter.encode(der, 'PRIVATE KEY') };
}

function lifeOf({ now, life }: Pick<CertificateContent, 'now' | 'life'>): {
  notBefore: Date;
  notAfter: Date;
} {
  return { notBefore: new Date(now - BACKDATED_MS), notAfter: new Date(now + life) };
}
