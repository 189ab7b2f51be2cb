import { createHash } from 'node:crypto';
import type { Answer, ApiRequest } from './exchange.ts';

/** A body that never changes while the process runs, and its name for caches: equal on every replica. */
export interface HashedDocument {
  readonly body: Buffer;
  /** 128 upper-case hex digits: SHA-512 of the body. */
  readonly hash: string;
}

export function hashed(body: Buffer): HashedDocument {
  return { body, hash: createHash('sha512').update(body).digest('hex').toUpperCase() };
}

/** More entity tags than a client needs. */
const MAX_TAGS = 16;

/** The document, or 304 to a client that has it. */
export function hashedAnswer(
  { headers }: Pick<ApiRequest, 'headers'>,
  { body, hash }: HashedDocument,
  type: string,
): Answer {
  const etag = `"${hash}"`;
  const known = headers['if-none-match']?.split(',', MAX_TAGS).map((each) => each.trim().replace(/^W\//, ''));
  return known?.includes(etag) || known?.includes('*')
    ? { status: 304, headers: { etag }, body: Buffer.alloc(0) }
    : { status: 200, headers: { etag, 'content-type': type }, body };
}
