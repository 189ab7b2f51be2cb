import { X509Certificate } from 'node:crypto';

/** Chains are short; a longer one is refused rather than walked. */
const MAX_DEPTH = 8;
const ANY_USAGE = '2.5.29.37.0';

/** What a certificate is shown for: object identifiers of the extended key usage (RFC 5280, 4.2.1.12). */
export const FOR_CLIENTS = '1.3.6.1.5.5.7.3.2';
export const FOR_SERVERS = '1.3.6.1.5.5.7.3.1';

export interface Chain {
  readonly leaf: X509Certificate;
  /** The certificate that signed another one, as far as whoever shows the leaf has sent it. */
  issuerOf(certificate: X509Certificate): X509Certificate | undefined;
}

/**
 * Whether a chain of valid certificates leads from the leaf to one of `anchors`. By hand, because TLS itself is
 * given the CAs of users and of the front proxy together, and would take a user for the front proxy.
 * @param now ms since the epoch
 */
export function isTrusted(
  { leaf, issuerOf }: Chain,
  usage: string,
  anchors: readonly X509Certificate[],
  now: number,
): boolean {
  if (!isFor(leaf, usage)) return false;
  let certificate = leaf;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    if (!isCurrent(certificate, now) || (depth > 0 && !certificate.ca)) return false;
    if (anchors.some((anchor) => vouches(anchor, certificate) && isCurrent(anchor, now))) return true;
    const issuer = issuerOf(certificate);
    if (issuer === undefined || !issued(issuer, certificate)) return false;
    certificate = issuer;
  }
  return false;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The certificates of a PEM text, in their order. Throws when one cannot be read. */
export function readCertificates(pem: string): X509Certificate[] {
  return (pem.match(CERTIFICATE) ?? []).map((each) => new X509Certificate(each));
}

/** The values of one attribute of the subject, in their order. */
export function subjectValues(certificate: X509Certificate, attribute: 'CN' | 'O'): string[] {
  const value: string | string[] | undefined = certificate.toLegacyObject().subject[attribute];
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

/** An anchor vouches for what it signed, and for itself. */
function vouches(anchor: X509Certificate, certificate: X509Certificate): boolean {
  return anchor.fingerprint256 === certificate.fingerprint256 || issued(anchor, certificate);
}

/** checkIssued compares names only, which a forged CA has too: the signature decides. */
function issued(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function isCurrent({ validFromDate, validToDate }: X509Certificate, now: number): boolean {
  return validFromDate.getTime() <= now && now <= validToDate.getTime();
}

/** Node's `keyUsage` is the extended one. Without any, every use is allowed, as in Go. */
function isFor({ keyUsage }: X509Certificate, usage: string): boolean {
  const usages = keyUsage as readonly string[] | undefined;
  return usages === undefined || usages.includes(usage) || usages.includes(ANY_USAGE);
}
