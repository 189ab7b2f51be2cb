import { createPrivateKey, X509Certificate } from 'node:crypto';
import { FOR_SERVERS, isTrusted, readCertificates } from '@activescale/kube';
import type { Certificate } from '../tls/x509.ts';
import { createAuthority, SERVING_LIFE_MS, signServing } from './authority.ts';

/** The authority, with all certificates that clients are to trust: its own, and the former one's after a change. */
export interface Authority extends Certificate {
  readonly bundle: string;
}

/** What is kept between two runs; undefined for what does not exist yet. */
export interface Kept {
  readonly authority: Authority | undefined;
  readonly serving: Certificate | undefined;
}

/** What is to be kept from now on. What need not change is the very object that was given. */
export interface Credentials {
  readonly authority: Authority;
  readonly serving: Certificate;
}

/** A serving certificate is renewed when less of its life is left, in ms. */
const RENEW_SERVING_MS = SERVING_LIFE_MS / 3;

/**
 * Keeps what is good, and makes what is missing, is for another name, or ends too soon.
 * @param name `<service>.<namespace>.svc`, by which kube-apiserver asks for the server
 * @param now ms since the epoch
 */
export async function renew({ authority, serving }: Kept, name: string, now: number): Promise<Credentials> {
  // An authority must outlive all that it signs.
  const lasting = authority !== undefined && isPair(authority) && left(authority, now) > SERVING_LIFE_MS;
  const signer = lasting ? authority : await successor(authority, now);
  const good = serving !== undefined && isGood(serving, signer, name, now);
  return { authority: signer, serving: good ? serving : await signServing(signer, name, now) };
}

/** The former authority is trusted on, while servers still show what it signed. */
async function successor(former: Authority | undefined, now: number): Promise<Authority> {
  const next = await createAuthority(now);
  return { ...next, bundle: `${next.cert}${former?.cert ?? ''}` };
}

function isGood(serving: Certificate, authority: Certificate, name: string, now: number): boolean {
  if (!isPair(serving)) return false;
  const leaf = new X509Certificate(serving.cert);
  return (
    leaf.checkHost(name) !== undefined &&
    left(serving, now) > RENEW_SERVING_MS &&
    isTrusted({ leaf, issuerOf: () => undefined }, FOR_SERVERS, readCertificates(authority.cert), now)
  );
}

function isPair({ cert, key }: Certificate): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false; // what cannot be read cannot be served
  }
}

function left({ cert }: Certificate, now: number): number {
  return new X509Certificate(cert).validToDate.getTime() - now;
}
