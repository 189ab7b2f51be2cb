import type { X509Certificate } from 'node:crypto';
import { StatusError } from '../http/status-error.ts';
import type { AuthConfig } from './auth-config.ts';
import type { Prove } from './certificate-proof.ts';
import { frontProxyUser } from './front-proxy.ts';
import type { Reviews } from './reviews.ts';
import { ANONYMOUS, authenticated, type User } from './user.ts';

/** The credentials of a request. */
export interface Credentials {
  /** The certificate of the TLS client, which has proven that it has the key; undefined: none. */
  readonly certificate: X509Certificate | undefined;
  /** Names and values, alternating. */
  readonly rawHeaders: readonly string[];
  readonly authorization: string | undefined;
  /** Of the connection. */
  readonly address: string;
}

/** undefined: the credentials are invalid. Rejects with a StatusError (429). */
export type Authenticate = (credentials: Credentials) => Promise<User | undefined>;

/**
 * Authenticates a request in the order of Go's delegated authentication: front proxy, x509, token, anonymous.
 * The first success wins; after invalid credentials a request is never anonymous.
 */
export function createAuthenticate(
  config: () => AuthConfig | undefined,
  prove: Prove,
  reviews: Pick<Reviews, 'token'>,
  failed: (error: unknown) => void,
): Authenticate {
  return async ({ certificate, rawHeaders, authorization, address }) => {
    const current = config();
    let refused = false;
    if (certificate !== undefined) {
      const { isFrontProxy, user } = prove(certificate);
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

/** The token of `Authorization: Bearer <token>`, parsed as leniently as in Go. */
function bearerToken(authorization: string | undefined): string | undefined {
  const [scheme, token] = authorization?.trim().split(' ', 3) ?? [];
  return scheme?.toLowerCase() === 'bearer' && token ? token : undefined;
}
