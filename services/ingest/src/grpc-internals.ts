import type { ServerHttp2Stream } from 'node:http2';
import type { ServerReadableStream } from '@grpc/grpc-js';

/** What grpc-js keeps to itself of a call and is needed here. Its version is pinned; tests fail if it changes. */
interface Internals {
  /** Also leads to the connection, `stream.session`, which ages and is told to go away. */
  readonly stream: ServerHttp2Stream;
  /** Puts messages together. It keeps the parts of the last one until the next one begins. */
  readonly decoder: { readPartialMessage: Buffer[] };
}

export function internalsOf(call: ServerReadableStream<Buffer, Buffer>): Internals {
  const { call: inner } = call as unknown as { readonly call?: Partial<Internals> };
  const { stream, decoder } = inner ?? {};
  if (stream?.session === undefined || !Array.isArray(decoder?.readPartialMessage)) {
    throw new TypeError('@grpc/grpc-js has changed inside: look at grpc-internals.ts');
  }
  return { stream, decoder };
}
