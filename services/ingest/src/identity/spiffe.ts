import type { X509Certificate } from 'node:crypto';

/** The workload of a certificate, in Istio's form of a SPIFFE ID. */
export interface SpiffeId {
  readonly trustDomain: string;
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** `spiffe://<trust domain>/ns/<namespace>/sa/<service account>` (Istio pkg/spiffe), in the alphabet of the SPIFFE-ID. */
const ID = /^spiffe:\/\/([a-z0-9._-]{1,255})\/ns\/([a-zA-Z0-9._-]{1,63})\/sa\/([a-zA-Z0-9._-]{1,253})$/;

/**
 * The identity in an X.509-SVID, which has exactly one URI among its alternative names (X509-SVID, section 2);
 * undefined for any other certificate. TLS has verified its signer.
 */
export function spiffeId({ subjectAltName = '' }: X509Certificate): SpiffeId | undefined {
  // Node quotes a name with a separator. A SPIFFE ID has none, and a quoted name may look like several.
  if (subjectAltName.includes('"')) return undefined;
  const uris = subjectAltName.split(', ').filter((name) => name.startsWith('URI:'));
  const [uri = ''] = uris;
  if (uris.length !== 1) return undefined;
  const [, trustDomain, namespace, serviceAccount] = ID.exec(uri.slice('URI:'.length)) ?? [];
  if (trustDomain === undefined || namespace === undefined || serviceAccount === undefined) return undefined;
  return { trustDomain, namespace, serviceAccount };
}
