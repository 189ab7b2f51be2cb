import { randomUUID } from 'node:crypto';
import type { Http2SecureServer, Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { encodeStatus, goJsonIndented, type Status } from '@activescale/protocol/kubernetes';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { stringify } from 'yaml';
import { negotiate, type Representation } from './negotiation.ts';
import { wantsPretty } from './pretty.ts';
import { StatusError } from './status-error.ts';

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
  const [path = ''] = request.url.split('?', 1);
  return { path: decodeURIComponent(path), query: queryOf(request) };
}

function queryOf({ url }: Request): URLSearchParams {
  const mark = url.indexOf('?');
  return new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
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
