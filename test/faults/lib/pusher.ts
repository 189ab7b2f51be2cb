import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type SecureClientSessionOptions,
} from 'node:http2';
import { streamMetrics } from '@activescale/devkit';

/**
 * One Envoy's way of pushing: a stream on its own connection, opened with the first flush and, once it has ended,
 * again with the next. A flush that finds no server is lost. Raw HTTP/2, as it is cheaper than a client of grpc-js.
 */
export interface Pusher {
  /** @param encode the message; the first of a stream carries who pushes */
  push(encode: (first: boolean) => Buffer): void;
  /** Ends the connection without a word, as a process that is killed. */
  kill(): void;
}

export function createPusher(port: number, tls?: SecureClientSessionOptions): Pusher {
  let session: ClientHttp2Session | undefined;
  let stream: ClientHttp2Stream | undefined;

  const forget = (of: ClientHttp2Session) => {
    of.destroy();
    if (session !== of) return;
    session = undefined;
    stream = undefined;
  };

  const open = (): ClientHttp2Stream => {
    const opened = connect(`${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, tls);
    session = opened;
    opened.on('error', () => {}); // its close follows
    opened.on('close', () => forget(opened));
    opened.on('goaway', () => forget(opened));
    const call = opened.request({
      ':method': 'POST',
      ':path': streamMetrics.path,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    call.on('error', () => {});
    call.on('close', () => forget(opened));
    call.resume();
    return call;
  };

  return {
    push(encode) {
      const first = stream === undefined;
      stream ??= open();
      const message = encode(first);
      const frame = Buffer.allocUnsafe(5 + message.length);
      frame[0] = 0;
      frame.writeUInt32BE(message.length, 1);
      message.copy(frame, 5);
      stream.write(frame);
    },
    kill: () => session?.destroy(),
  };
}
