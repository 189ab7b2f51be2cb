import { createHash } from 'node:crypto';
import type { Reply, Request } from './http.ts';

/** A body that never changes while the process runs, and its name for caches: equal on every replica. */
export interface HashedDocument {
  readonly body: Buffer;
  /** 128 upper-case hex digits: SHA-512 of the body. */
  readonly hash: string;
}

export function hashed(body: Buffer): HashedDocument {
  return { body, hash: createHash('sha512').update(body).digest('hex').toUpperCase() };
}

/** Sends the document, or 304 to a client that has it. Other headers are the caller's. */
export function sendHashed(
  request: Request,
  reply: Reply,
  { body, hash }: HashedDocument,
  type: string,
): Reply {
  const etag = `"${hash}"`;
  reply.header('etag', etag);
  const known = request.headers['if-none-match']?.split(',').map((each) => each.trim().replace(/^W\//, ''));
  if (known?.includes(etag) || known?.includes('*')) return reply.code(304).send();
  return reply.header('content-type', type).send(body);
}
