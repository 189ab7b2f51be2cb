import { randomUUID } from 'node:crypto';
import type { Http2SecureServer, Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import {
  badRequest,
  encodeStatus,
  goJsonIndented,
  resourceNotFound,
  type Status,
} from '@activescale/protocol/kubernetes';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { stringify } from 'yaml';
import { negotiate, type Representation } from './negotiation.ts';
import { wantsPretty } from './pretty.ts';
import { type RequestInfo, type ResourceRequest, requestInfo } from './request-info.ts';
import { StatusError } from './status-error.ts';
import { parseTarget } from './target.ts';

/** The server's type: HTTP/2 over TLS, which also takes HTTP/1.1. */
export type App = FastifyInstance<
  Http2SecureServer,
  Http2ServerRequest,
  Http2ServerResponse,
  FastifyBaseLogger
>;
export type Request = FastifyRequest<object, Http2SecureServer, Http2ServerRequest>;
export type Reply = FastifyReply<object, Http2SecureServer, Http2ServerRequest, Http2ServerResponse>;

const INFO = Symbol('what a request asks for');
type ReadRequest = Http2ServerRequest & { [INFO]?: RequestInfo | StatusError };

/** Reads a request's target, once. @returns what the router routes: the path that is reviewed, escaped in one way */
export function readTarget(raw: ReadRequest): string {
  try {
    const info = requestInfo(raw.method, parseTarget(raw.url));
    raw[INFO] = info;
    return info.path.split('/').map(encodeURIComponent).join('/');
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    raw[INFO] = error;
    return '/';
  }
}

export function isRead({ raw }: Request): boolean {
  return !((raw as ReadRequest)[INFO] instanceof StatusError);
}

/** @throws StatusError of a request whose target cannot be read */
export function infoOf({ raw }: Request): RequestInfo {
  const { [INFO]: info = UNREAD } = raw as ReadRequest;
  if (info instanceof StatusError) throw info;
  return info;
}

const UNREAD = new StatusError(badRequest('invalid request path'));

/** Of a request for metrics. */
export function resourceOf(request: Request): ResourceRequest {
  const info = infoOf(request);
  if (info.kind !== 'resource') throw new StatusError(resourceNotFound());
  return info;
}

/** The headers that every answer of an API server carries. */
export function setCommonHeaders(request: Request, reply: Reply): void {
  const auditId = request.headers['audit-id'];
  reply.header('audit-id', typeof auditId === 'string' && auditId !== '' ? auditId : randomUUID());
  reply.header('cache-control', 'no-cache, private');
}

/**
 * A path of the API. What the client cannot take is refused before anything else is looked at.
 * @param answer gives compact JSON with one final newline
 */
export function apiRoute(
  app: App,
  path: string,
  answer: (request: Request) => Buffer | Promise<Buffer>,
): void {
  app.get(path, async (request, reply) => {
    const representation = acceptable(request);
    return send(request, reply, representation, await answer(request));
  });
}

/** @param body compact JSON with one final newline */
export function sendJson(request: Request, reply: Reply, body: Buffer): Reply {
  return send(request, reply, acceptable(request), body);
}

function acceptable({ headers }: Request): Representation {
  const representation = negotiate(headers.accept);
  if (typeof representation !== 'string') throw new StatusError(representation);
  return representation;
}

/** An error is told in any case: as JSON to whoever takes nothing that is served. */
export function sendStatus(request: Request, reply: Reply, status: Status): Reply {
  const representation = negotiate(request.headers.accept);
  if (status.code === 403) reply.header('x-content-type-options', 'nosniff');
  const retryAfter = status.details?.retryAfterSeconds;
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
  reply.code(status.code);
  return send(
    request,
    reply,
    typeof representation === 'string' ? representation : 'application/json',
    encodeStatus(status),
  );
}

export function sendText(reply: Reply, text: string): Reply {
  return reply
    .header('content-type', 'text/plain; charset=utf-8')
    .header('x-content-type-options', 'nosniff')
    .send(text);
}

/** JSON that is indented whoever asks, as Go writes what is meant for people: the list of paths, the version. */
export function sendIndented(reply: Reply, value: unknown): Reply {
  return reply.header('content-type', 'application/json').send(Buffer.from(goJsonIndented(value)));
}

function queryOf({ raw }: Request): URLSearchParams {
  const { [INFO]: info = UNREAD } = raw as ReadRequest;
  return info instanceof StatusError ? new URLSearchParams() : info.query;
}

function send(request: Request, reply: Reply, representation: Representation, body: Buffer): Reply {
  reply.header('content-type', representation);
  if (representation === 'application/yaml')
    return reply.send(Buffer.from(toYaml(JSON.parse(body.toString()))));
  const pretty = wantsPretty(queryOf(request), request.headers['user-agent']);
  return reply.send(pretty ? Buffer.from(goJsonIndented(JSON.parse(body.toString()))) : body);
}

/** As Go's YAML writer: keys sorted, lists not indented, and quotes around what would read as another type. */
function toYaml(value: unknown): string {
  return stringify(value, { version: '1.1', sortMapEntries: true, indentSeq: false, lineWidth: 0 });
}
