import type { X509Certificate } from 'node:crypto';
import type { PodClaim } from '@activescale/protocol/envoy';
import { canonicalAddress } from '@activescale/protocol/record';
import { spiffeId } from './spiffe.ts';

/**
 * What a stream must prove: nothing; that it comes from the pod's address; or its namespace and service
 * account.
 */
export type PeerCheck = 'off' | 'address' | 'spiffe';

/** The peer of a connection, as far as the connection shows it. */
export interface Peer {
  /** Its IP address in the socket's format. */
  readonly address: string;
  /** The certificate that it presented and TLS verified. */
  certificate(): X509Certificate | undefined;
}

/** A peer that may not push for the pod that it names. */
export class PeerError extends Error {
  readonly code: 'ERR_PEER_ADDRESS' | 'ERR_PEER_IDENTITY';

  constructor(code: PeerError['code'], message: string) {
    super(message);
    this.name = 'PeerError';
    this.code = code;
  }
}

/**
 * Checks a peer against the pod of its node.
 * @returns the verified address, in canonical form; '' if the check verifies none
 * @throws PeerError
 */
export function verifyPeer(check: PeerCheck, peer: Peer, pod: PodClaim): string {
  switch (check) {
    case 'off':
      return '';
    case 'address':
      return verifyAddress(peer, pod);
    case 'spiffe':
      verifySpiffe(peer, pod);
      return '';
  }
}

function verifyAddress({ address }: Peer, { ip, otherIps, namespace, name }: PodClaim): string {
  const actual = canonicalAddress(address);
  const claimed = [ip, ...otherIps].map(canonicalAddress);
  if (actual !== '' && claimed.includes(actual)) return actual;
  const own = claimed.filter((each) => each !== '').join(', ') || 'none';
  throw new PeerError(
    'ERR_PEER_ADDRESS',
    `the connection comes from ${actual || address}, which is not an address of ${namespace}/${name}: ${own} (PEER_CHECK=address)`,
  );
}

function verifySpiffe(peer: Peer, { namespace, name, serviceAccount }: PodClaim): void {
  const certificate = peer.certificate();
  const id = certificate && spiffeId(certificate);
  if (id !== undefined && id.namespace === namespace && id.serviceAccount === serviceAccount) return;
  const shown = id === undefined ? 'no SPIFFE identity' : `ns/${id.namespace}/sa/${id.serviceAccount}`;
  throw new PeerError(
    'ERR_PEER_IDENTITY',
    `the certificate has ${shown}, but ${namespace}/${name} claims ns/${namespace}/sa/${JSON.stringify(serviceAccount)} (PEER_CHECK=spiffe)`,
  );
}
