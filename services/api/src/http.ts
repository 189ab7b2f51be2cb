import { randomUUID } from 'node:crypto';
import type { Http2SecureServer, Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { encodeStatus, type Status } from '@activescale/protocol/kubernetes';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** The server's type: HTTP/2 over TLS, which also takes HTTP/1.1. */
export type App = FastifyInstance<
  Http2SecureServer,
  Http2ServerRequest,
  Http2ServerResponse,
  FastifyBaseLogger
>;
export type Request = FastifyRequest<object, Http2SecureServer, Http2ServerRequest>;
export type Reply = FastifyReply<object, Http2SecureServer, Http2ServerRequest, Http2ServerResponse>;

/** A request's path, decoded as a whole as Go does (so that `%2F` separates), and its query. */
export interface Url {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Of a request whose escapes are well formed: fastify has refused all others. */
export function urlOf(request: Request): Url {
  const mark = request.url.indexOf('?');
  const path = mark < 0 ? request.url : request.url.slice(0, mark);
  return {
    path: decodeURIComponent(path),
    query: new URLSearchParams(mark < 0 ? '' : request.url.slice(mark + 1)),
  };
}

/** The headers that every answer of an API server carries. */
export function setCommonHeaders(request: Request, reply: Reply): void {
  const auditId = request.headers['audit-id'];
  reply.header('audit-id', typeof auditId === 'string' && auditId !== '' ? auditId : randomUUID());
  reply.header('cache-control', 'no-cache, private');
}

export function sendJson(reply: Reply, body: Buffer): Reply {
  return reply.header('content-type', 'application/json').send(body);
}

export function sendStatus(reply: Reply, status: Status): Reply {
  return sendJson(reply.code(status.code), encodeStatus(status));
}
