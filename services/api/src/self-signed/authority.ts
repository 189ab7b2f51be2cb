// What the x509 library is built on needs it before anything else.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { Certificate } from '../tls/certificate.ts';

export const DAY_MS = 24 * 3600 * 1000;
/** How long an authority lives, in ms. */
export const AUTHORITY_LIFE_MS = 3650 * DAY_MS;
/** How long a serving certificate lives, in ms. */
export const SERVING_LIFE_MS = 365 * DAY_MS;

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNING = { ...ALGORITHM, hash: 'SHA-256' };
/** Clocks of clients may be a little late. */
const BACKDATED_MS = 5 * 60 * 1000;

x509.cryptoProvider.set(webcrypto as Crypto);

/** An authority that vouches for itself, from `now` (ms) on. Both parts PEM. */
export async function createAuthority(now: number): Promise<Certificate> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    // Its time in the name: a client that knows two of them must not mistake one for the other.
    name: `CN=activescale-ca ${new Date(now).toISOString()}`,
    ...life(now, AUTHORITY_LIFE_MS),
    signingAlgorithm: SIGNING,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  return pair(certificate, keys);
}

/** A serving certificate for `name` by the authority, from `now` (ms) on. Both parts PEM. */
export async function signServing(authority: Certificate, name: string, now: number): Promise<Certificate> {
  const keys = await generateKeys();
  const issuer = new x509.X509Certificate(authority.cert);
  const key = x509.PemConverter.decodeFirst(authority.key);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${name.split('.', 1)[0]}`,
    issuer: issuer.subjectName,
    ...life(now, SERVING_LIFE_MS),
    signingAlgorithm: SIGNING,
    publicKey: keys.publicKey,
    signingKey: await webcrypto.subtle.importKey('pkcs8', key, ALGORITHM, false, ['sign']),
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: name }]),
    ],
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

function life(now: number, length: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(now - BACKDATED_MS), notAfter: new Date(now + length) };
}
