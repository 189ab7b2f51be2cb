import { constants, type ServerHttp2Stream } from 'node:http2';
import { percentEncode, type Status } from './status.ts';

/** Error messages quote names that a client has sent. In characters. */
const MAX_DETAILS = 1_000;
const RESPONSE = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-accept-encoding': 'identity,gzip',
};

/** Sends one message of a response. */
export function sendMessage(stream: ServerHttp2Stream, message: Buffer): void {
  if (stream.destroyed || stream.closed) return;
  if (!stream.headersSent) stream.respond(RESPONSE, { waitForTrailers: true });
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  stream.write(frame);
}

/**
 * Ends a call with a status; nothing more of it is read.
 * @param linger how long the client may take to end its side, in ms
 */
export function answer(stream: ServerHttp2Stream, status: Status, details: string, linger: number): void {
  if (stream.destroyed || stream.closed) return;
  const trailers = {
    'grpc-status': String(status),
    ...(details !== '' && { 'grpc-message': percentEncode(details.slice(0, MAX_DETAILS)) }),
  };
  if (stream.headersSent) {
    stream.once('wantTrailers', () => stream.sendTrailers(trailers));
    stream.end();
  } else stream.respond({ ...RESPONSE, ...trailers }, { endStream: true });
  hangUp(stream, linger);
}

/**
 * Discards further data of an answered call, for a limited time: a client that does not end its side would keep
 * more streams than are counted. NO_ERROR asks it to end (RFC 9113, 8.1); one that does not read the answer
 * gets CANCEL.
 */
export function hangUp(stream: ServerHttp2Stream, linger: number): void {
  stream.resume();
  const timer = setTimeout(() => {
    stream.close(stream.writableFinished ? constants.NGHTTP2_NO_ERROR : constants.NGHTTP2_CANCEL);
  }, linger).unref();
  stream.once('close', () => clearTimeout(timer));
}
