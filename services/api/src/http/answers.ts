import { encodeStatus, goJsonIndented, type Status } from '@activescale/protocol/kubernetes';
import { stringify } from 'yaml';
import type { Answer, ApiRequest } from './exchange.ts';
import { negotiate, type Representation } from './negotiation.ts';
import { wantsPretty } from './pretty.ts';
import { StatusError } from './status-error.ts';

/** The parts of a request that decide the format of its response. */
export type Asker = Pick<ApiRequest, 'headers' | 'info'>;

/** @throws StatusError 406 */
export function acceptable({ headers }: Asker): Representation {
  const representation = negotiate(headers.accept);
  if (typeof representation !== 'string') throw new StatusError(representation);
  return representation;
}

/** @param json compact, with one final newline */
export function encoded(request: Asker, representation: Representation, json: Buffer, status = 200): Answer {
  return {
    status,
    headers: { 'content-type': representation },
    body: written(request, representation, json),
  };
}

/** An error is always sent: as JSON if the client accepts no format that is served. */
export function statusAnswer(request: Asker, status: Status): Answer {
  const negotiated = negotiate(request.headers.accept);
  const representation = typeof negotiated === 'string' ? negotiated : 'application/json';
  const answer = encoded(request, representation, encodeStatus(status), status.code);
  const retryAfter = status.details?.retryAfterSeconds;
  return withHeaders(answer, {
    ...(status.code === 403 && { 'x-content-type-options': 'nosniff' }),
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
  });
}

export function textAnswer(text: string, status = 200): Answer {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
  return { status, headers, body: Buffer.from(text) };
}

/** Indented JSON for every client, like Go's output for people: the list of paths, the version. */
export function indentedAnswer(value: unknown, status = 200): Answer {
  const headers = { 'content-type': 'application/json' };
  return { status, headers, body: Buffer.from(goJsonIndented(value)) };
}

export function withHeaders(answer: Answer, headers: Answer['headers']): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

function written({ headers, info }: Asker, representation: Representation, json: Buffer): Buffer {
  if (representation === 'application/yaml') return Buffer.from(toYaml(JSON.parse(json.toString())));
  const pretty = wantsPretty(info.query, headers['user-agent']);
  return pretty ? Buffer.from(goJsonIndented(JSON.parse(json.toString()))) : json;
}

/**
 * Like Go's YAML writer: keys sorted, lists not indented, and quotes around text that would be read as another
 * type.
 */
function toYaml(value: unknown): string {
  return stringify(value, { version: '1.1', sortMapEntries: true, indentSeq: false, lineWidth: 0 });
}
