import { X509Certificate } from 'node:crypto';
import { type CertificateFacts, readCertificateFacts } from './certificate-facts.ts';
import { DerError } from './der.ts';

/** Chains are short; a longer one is refused rather than walked. */
const MAX_DEPTH = 8;
const ANY_USAGE = '2.5.29.37.0';

/** Uses of a certificate: object identifiers of the extended key usage (RFC 5280, 4.2.1.12). */
export const FOR_CLIENTS = '1.3.6.1.5.5.7.3.2';
export const FOR_SERVERS = '1.3.6.1.5.5.7.3.1';

/** SHA-2 with RSA (PKCS #1), with ECDSA, and Ed25519: what Go verifies, without SHA-1 and PSS. */
const SIGNATURES = new Set([
  ...['1.2.840.113549.1.1.11', '1.2.840.113549.1.1.12', '1.2.840.113549.1.1.13'],
  ...['1.2.840.10045.4.3.2', '1.2.840.10045.4.3.3', '1.2.840.10045.4.3.4'],
  '1.3.101.112',
]);
const RSA = '1.2.840.113549.1.1.1';
/** P-256, P-384, P-521 and Ed25519, besides RSA. */
const KEYS = new Set(['1.2.840.10045.3.1.7', '1.3.132.0.34', '1.3.132.0.35', '1.3.101.112', RSA]);
/**
 * The maximum that Go verifies (crypto/tls, maxRSAKeySize); an unknown key is used before it is trusted. In
 * bits.
 */
const MAX_RSA = 8_192;
const MIN_RSA = 1_024;
const MAX_EXPONENT = 2n ** 31n;

export interface Chain {
  readonly leaf: X509Certificate;
  /** The issuer of a certificate, if the client has sent it. */
  issuerOf(certificate: X509Certificate): X509Certificate | undefined;
}

/** A certificate and its parsed content. */
interface Link {
  readonly certificate: X509Certificate;
  readonly facts: CertificateFacts;
}

/**
 * Whether a chain of valid certificates leads from the leaf to one of `anchors`. The rules are those of Go's
 * crypto/x509 (verify.go), which kube-apiserver uses, or stricter. TLS itself cannot decide this, because it
 * has the CAs of users and of the front proxy together and would accept a user as the front proxy. OpenSSL
 * verifies the signatures.
 * @param now ms since the epoch
 */
export function isTrusted(
  { leaf, issuerOf }: Chain,
  usage: string,
  anchors: readonly X509Certificate[],
  now: number,
): boolean {
  let link = linkOf(leaf);
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    if (link === undefined || !isValid(link, usage, now)) return false;
    const child = link;
    if (depth === 0 && anchors.some(({ raw }) => raw.equals(leaf.raw))) return true;
    for (const each of anchors) {
      const anchor = linkOf(each);
      if (anchor !== undefined && isValid(anchor, usage, now) && issued(anchor, child, depth)) return true;
    }
    const issuer = issuerOf(child.certificate);
    link = issuer && linkOf(issuer);
    if (link === undefined || link.facts.authority === undefined || !issued(link, child, depth)) return false;
  }
  return false;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The certificates of a PEM text, in order. @throws Error if one is invalid */
export function readCertificates(pem: string): X509Certificate[] {
  return (pem.match(CERTIFICATE) ?? []).map((each) => new X509Certificate(each));
}

/** undefined: it has content that is not supported. */
function linkOf(certificate: X509Certificate): Link | undefined {
  try {
    return { certificate, facts: readCertificateFacts(certificate.raw) };
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

function isValid({ certificate, facts }: Link, usage: string, now: number): boolean {
  const { validFromDate, validToDate } = certificate;
  if (!(validFromDate.getTime() <= now && now <= validToDate.getTime())) return false;
  const { usages = [ANY_USAGE] } = facts;
  // Also of authorities: they can pass on only the uses that they have. None means any.
  return usages.length === 0 || usages.includes(usage) || usages.includes(ANY_USAGE);
}

/**
 * Whether one certificate was allowed to sign another, and did.
 * @param below the number of authority certificates below the issuer
 */
function issued(issuer: Link, child: Link, below: number): boolean {
  const { authority, signsCertificates, subject, key } = issuer.facts;
  if (authority?.isCa !== true || signsCertificates === false) return false;
  if (authority.maxPathLength !== undefined && below > authority.maxPathLength) return false;
  if (!child.facts.issuer.equals(subject) || !SIGNATURES.has(child.facts.signature)) return false;
  if (!KEYS.has(key) || (key === RSA && !isUsualRsaKey(issuer.certificate))) return false;
  return child.certificate.verify(issuer.certificate.publicKey);
}

function isUsualRsaKey({ publicKey }: X509Certificate): boolean {
  const { modulusLength = 0, publicExponent = 0n } = publicKey.asymmetricKeyDetails ?? {};
  return modulusLength >= MIN_RSA && modulusLength <= MAX_RSA && publicExponent < MAX_EXPONENT;
}
