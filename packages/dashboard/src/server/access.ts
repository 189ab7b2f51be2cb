import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 bits, in characters that need no escape in a URL. */
export function createToken(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * Whether a request names this server. A page of another site whose name resolves to 127.0.0.1 (DNS rebinding) sends its own
 * name.
 */
export function namesThisServer(host: string | undefined, port: number): boolean {
  return host === `127.0.0.1:${port}` || host === `localhost:${port}`;
}

/** Whether the header is `Bearer TOKEN`, in constant time. */
export function hasToken(authorization: string | undefined, token: string): boolean {
  return timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${token}`));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
