import type { ServerHttp2Stream } from 'node:http2';
import type { ServerDuplexStream, ServerReadableStream } from '@grpc/grpc-js';
import type { FrameDecoder } from './frame-decoder.ts';

/** What grpc-js keeps to itself of a call and is needed here. Its version is pinned; tests fail if it changes. */
interface Internals {
  /** Also leads to the connection, `stream.session`, which ages and is told to go away. */
  readonly stream: ServerHttp2Stream;
  /** Puts messages together. */
  decoder: Pick<FrameDecoder, 'write'>; // what it returns is unpacked, and comes as the call's data
}

/**
 * Lets `decoder` put the messages of a call together that has only just begun. What it hands on by itself spares
 * grpc-js's way from there: a queue, four promises, a pause of the stream and a second stream for each message.
 */
export function useDecoder(
  call: ServerReadableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>,
  decoder: FrameDecoder,
): ServerHttp2Stream {
  const { call: inner } = call as unknown as { readonly call?: Partial<Internals> };
  const { stream } = inner ?? {};
  if (inner === undefined || stream?.session === undefined || typeof inner.decoder?.write !== 'function') {
    throw new TypeError('@grpc/grpc-js has changed inside: look at grpc-internals.ts');
  }
  inner.decoder = decoder;
  return stream;
}
