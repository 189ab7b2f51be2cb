import type { X509Certificate } from 'node:crypto';
import { type CertificateUser, certificateUser, FOR_CLIENTS, isTrusted } from '@activescale/kube';
import { StatusError } from '../http/status-error.ts';
import type { AuthConfig } from './auth-config.ts';
import { frontProxyUser } from './front-proxy.ts';
import type { Reviews } from './reviews.ts';
import { ANONYMOUS, authenticated, type User } from './user.ts';

/** What a request shows of its sender. */
export interface Credentials {
  /** The certificate that the TLS client has proved to have the key of; undefined: it showed none. */
  readonly certificate: X509Certificate | undefined;
  /** Name, value, name, value. */
  readonly rawHeaders: readonly string[];
  readonly authorization: string | undefined;
  /** Of the connection. */
  readonly address: string;
}

/** undefined: the sender claims to be someone and could not prove it. Rejects with a StatusError (429). */
export type Authenticate = (credentials: Credentials) => Promise<User | undefined>;

/** What a certificate proves, by the CAs of one AuthConfig. */
interface Proof {
  readonly generation: number;
  readonly isFrontProxy: boolean;
  readonly user: User | undefined;
}

/**
 * Who sends a request, in the order of Go's delegated authentication: front proxy, x509, token, anonymous. The first
 * success wins; after any failed proof nobody is anonymous.
 */
export function createAuthenticate(
  config: () => AuthConfig | undefined,
  reviews: Pick<Reviews, 'token'>,
  failed: (error: unknown) => void,
): Authenticate {
  // Verifying takes about a millisecond, and a connection carries many requests.
  const proofs = new WeakMap<X509Certificate, Proof>();
  const proofOf = (certificate: X509Certificate, current: AuthConfig): Proof => {
    let proof = proofs.get(certificate);
    if (proof?.generation !== current.generation || !isCurrent(certificate)) {
      proof = prove(certificate, current);
      proofs.set(certificate, proof);
    }
    return proof;
  };

  return async ({ certificate, rawHeaders, authorization, address }) => {
    const current = config();
    let refused = false;
    if (certificate !== undefined) {
      const { isFrontProxy, user } = current === undefined ? NOTHING : proofOf(certificate, current);
      const spokenFor =
        isFrontProxy && current !== undefined ? frontProxyUser(rawHeaders, current.frontProxy) : undefined;
      if (spokenFor !== undefined) return authenticated(spokenFor);
      if (user !== undefined) return authenticated(user);
      refused = true;
    }
    const token = bearerToken(authorization);
    if (token !== undefined) {
      try {
        const user = await reviews.token(token, address);
        if (user !== undefined) return authenticated(user);
      } catch (error) {
        if (error instanceof StatusError) throw error;
        failed(error);
      }
      refused = true;
    }
    return refused ? undefined : ANONYMOUS;
  };
}

const NOTHING: Proof = { generation: -1, isFrontProxy: false, user: undefined };

function prove(certificate: X509Certificate, { generation, clientCas, frontProxy }: AuthConfig): Proof {
  const now = Date.now();
  const chain = { leaf: certificate, issuerOf: (each: X509Certificate) => each.issuerCertificate };
  const ofFrontProxy = isTrusted(chain, FOR_CLIENTS, frontProxy.cas, now);
  const ofUser = isTrusted(chain, FOR_CLIENTS, clientCas, now);
  const named = ofFrontProxy || ofUser ? certificateUser(certificate) : undefined;
  const { allowedNames } = frontProxy;
  return {
    generation,
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

/** Of `Authorization: Bearer <token>`, read as loosely as Go reads it. */
function bearerToken(authorization: string | undefined): string | undefined {
  const [scheme, token] = authorization?.trim().split(' ', 3) ?? [];
  return scheme?.toLowerCase() === 'bearer' && token ? token : undefined;
}
