import { type Certificate, signBy, signSelf, x509 } from '../tls/x509.ts';

export const DAY_MS = 24 * 3600 * 1000;
/** How long an authority lives, in ms. */
export const AUTHORITY_LIFE_MS = 3650 * DAY_MS;
/** How long a serving certificate lives, in ms. */
export const SERVING_LIFE_MS = 365 * DAY_MS;

/** A self-signed authority, valid from `now` (ms) on. */
export function createAuthority(now: number): Promise<Certificate> {
  return signSelf({
    // Its time in the name: a client that knows two of them must not mistake one for the other.
    subject: `CN=activescale-ca ${new Date(now).toISOString()}`,
    now,
    life: AUTHORITY_LIFE_MS,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
}

/** A serving certificate for `name` by the authority, from `now` (ms) on. */
export function signServing(authority: Certificate, name: string, now: number): Promise<Certificate> {
  return signBy(authority, {
    subject: `CN=${name.split('.', 1)[0]}`,
    now,
    life: SERVING_LIFE_MS,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: name }]),
    ],
  });
}
