import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { GrpcError } from '../refusal.ts';
import { answer, hangUp } from './answer.ts';
import { parseTimeout, STATUS } from './status.ts';

/** Whether a request's headers are those of a gRPC call. */
export function isGrpcCall(headers: IncomingHttpHeaders): boolean {
  return isPost(headers) && isGrpc(headers);
}

/** Answers a request that is not a gRPC call, or whose method is unknown. */
export function refuseRequest(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, linger: number): void {
  if (isGrpcCall(headers)) {
    answer(stream, STATUS.UNIMPLEMENTED, 'the method is unknown', linger);
    return;
  }
  // https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests
  stream.respond({ ':status': isPost(headers) ? 415 : 405 }, { endStream: true });
  hangUp(stream, linger);
}

/** @throws GrpcError for an encoding that ingest cannot decode */
export function checkEncoding({ 'grpc-encoding': encoding = 'identity' }: IncomingHttpHeaders): void {
  if (encoding !== 'identity' && encoding !== 'gzip')
    throw new GrpcError('ERR_GRPC_ENCODING', `grpc-encoding is not identity or gzip: ${quoted(encoding)}`);
}

/** How long a call may take, in ms. @throws GrpcError for a `grpc-timeout` that is none */
export function timeoutOf({ 'grpc-timeout': timeout }: IncomingHttpHeaders): number | undefined {
  if (timeout === undefined) return undefined;
  const ms = parseTimeout(String(timeout));
  if (ms === undefined)
    throw new GrpcError('ERR_GRPC_PROTOCOL', `grpc-timeout is malformed: ${quoted(timeout)}`);
  return ms;
}

function quoted(value: string | readonly string[]): string {
  return String(value).slice(0, 20);
}

function isPost(headers: IncomingHttpHeaders): boolean {
  return headers[':method'] === 'POST';
}

function isGrpc(headers: IncomingHttpHeaders): boolean {
  return /^application\/grpc(?:[+;]|$)/.test(headers['content-type'] ?? '');
}
