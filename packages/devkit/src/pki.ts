// What the x509 library is built on needs it before anything else.
import 'reflect-metadata';
import { randomUUID, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** A certificate and its private key, both PEM. */
export interface Credential {
  readonly cert: string;
  readonly key: string;
}

/** Who a certificate is for. */
export interface Subject {
  /** CN: to Kubernetes the name of the user. */
  name: string;
  /** O: to Kubernetes the groups of the user. */
  groups?: readonly string[];
  /** DNS names, IP addresses and URIs (spiffe://...) of its holder. */
  names?: readonly string[];
  /** The permitted uses of the certificate. */
  use: 'client' | 'server';
  /** End of its life, in ms since the epoch; a day from now unless it is named. */
  notAfter?: number;
}

/** A certificate authority. */
export interface Authority {
  /** Its own certificate, PEM. */
  readonly cert: string;
  sign(subject: Subject): Promise<Credential>;
}

const HOUR_MS = 3_600_000;
const curve = { name: 'ECDSA', namedCurve: 'P-256' };
const signingAlgorithm = { ...curve, hash: 'SHA-256' };

export async function createAuthority(name: string): Promise<Authority> {
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: [{ CN: [name] }],
    ...life(),
    signingAlgorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  const sign = async ({ name, groups = [], names = [], use, notAfter }: Subject): Promise<Credential> => {
    const own = await generateKeys();
    const usage = use === 'client' ? ExtendedKeyUsage.clientAuth : ExtendedKeyUsage.serverAuth;
    const signed = await X509CertificateGenerator.create({
      serialNumber: serial(),
      subject: [{ CN: [name] }, ...groups.map((group) => ({ O: [group] }))],
      issuer: certificate.subjectName,
      ...life(notAfter),
      signingAlgorithm,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      extensions: [
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([usage]),
        ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names.map(alternativeName))] : []),
      ],
    });
    return { cert: signed.toString('pem'), key: await privateKey(own) };
  };
  return { cert: certificate.toString('pem'), sign };
}

function alternativeName(value: string): { type: 'ip' | 'url' | 'dns'; value: string } {
  if (isIP(value)) return { type: 'ip', value };
  return { type: value.includes('://') ? 'url' : 'dns', value };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(curve, true, ['sign', 'verify']);
}

async function privateKey(keys: webcrypto.CryptoKeyPair): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
}

/** A positive number that no other certificate has. */
function serial(): string {
  return `01${randomUUID().replaceAll('-', '')}`;
}

function life(notAfter = Date.now() + 24 * HOUR_MS): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Math.min(Date.now(), notAfter) - HOUR_MS), notAfter: new Date(notAfter) };
}
