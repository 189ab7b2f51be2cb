import { badRequest, resourceNotFound } from '@activescale/protocol/kubernetes';
import { StatusError } from './status-error.ts';

/** The target of a request: the request line's, or `:path`. */
export interface Target {
  /** Percent-decoded as a whole, as in Go: `%2F` is a separator like `/`. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** In characters. Every parser of a path or query is linear, so this also limits its time. */
const MAX_TARGET = 64 * 1024;

const SCHEME = /^[a-z][a-z0-9+.-]{0,15}:\/\//i;

/**
 * Reads the origin form and the absolute form, whose authority is dropped. Requests have no fragment
 * (https://www.rfc-editor.org/rfc/rfc9112#section-3.2): to Go a `#` is part of the path, and no path has one.
 * @throws StatusError 400, 404 or 414
 */
export function parseTarget(target: string): Target {
  if (target.length > MAX_TARGET) {
    throw new StatusError({ code: 414, message: `the URL is longer than ${MAX_TARGET} characters` });
  }
  if (target.includes('#')) throw new StatusError(resourceNotFound());
  const origin = originForm(target);
  const mark = origin.indexOf('?');
  const [path, query] = mark < 0 ? [origin, ''] : [origin.slice(0, mark), origin.slice(mark + 1)];
  return { path: decoded(path), query: new URLSearchParams(query) };
}

function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  const [scheme] = SCHEME.exec(target) ?? [];
  if (scheme === undefined) throw invalidPath();
  const rest = target.slice(scheme.length);
  const end = rest.search(/[/?]/);
  if (end < 0) return '/';
  return rest.charAt(end) === '/' ? rest.slice(end) : `/${rest.slice(end)}`;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    throw invalidPath(error);
  }
}

function invalidPath(cause?: unknown): StatusError {
  return new StatusError(badRequest('invalid request path'), { cause });
}
