import type { X509Certificate } from 'node:crypto';
import { type CertificateUser, certificateUser, FOR_CLIENTS, isTrusted } from '@activescale/kube';
import type { AuthConfig } from './auth-config.ts';
import type { User } from './user.ts';

/** The identity that a client certificate proves with the current CAs of the cluster. */
export interface Proof {
  readonly isFrontProxy: boolean;
  /** Of the client CAs. */
  readonly user: User | undefined;
}

export type Prove = (certificate: X509Certificate) => Proof;

const NOTHING: Proof = { isFrontProxy: false, user: undefined };

export function createProve(config: () => AuthConfig | undefined): Prove {
  // Verification takes about a millisecond, and a connection has many requests.
  const proofs = new WeakMap<X509Certificate, Proof & { readonly generation: number }>();
  return (certificate) => {
    const current = config();
    if (current === undefined) return NOTHING;
    let proof = proofs.get(certificate);
    if (proof?.generation !== current.generation || !isCurrent(certificate)) {
      proof = { ...proofBy(current, certificate), generation: current.generation };
      proofs.set(certificate, proof);
    }
    return proof;
  };
}

function proofBy({ clientCas, frontProxy }: AuthConfig, certificate: X509Certificate): Proof {
  const now = Date.now();
  const chain = { leaf: certificate, issuerOf: (each: X509Certificate) => each.issuerCertificate };
  const ofFrontProxy = isTrusted(chain, FOR_CLIENTS, frontProxy.cas, now);
  const ofUser = isTrusted(chain, FOR_CLIENTS, clientCas, now);
  const named = ofFrontProxy || ofUser ? certificateUser(certificate) : undefined;
  const { allowedNames } = frontProxy;
  return {
    isFrontProxy:
      ofFrontProxy &&
      (allowedNames.length === 0 || (named !== undefined && allowedNames.includes(named.name))),
    user: ofUser && named !== undefined ? x509User(certificate, named) : undefined,
  };
}

function x509User(certificate: X509Certificate, named: CertificateUser): User {
  const fingerprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase();
  return {
    ...named,
    extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${fingerprint}`] },
  };
}

function isCurrent({ validToDate }: X509Certificate): boolean {
  return Date.now() <= validToDate.getTime();
}
