import type { Duplex } from 'node:stream';

/** Answers to what Node's parser of HTTP/1.1 refuses, as Node gives them itself, except to a method that it does not know. */
const ANSWERS: Readonly<Record<string, string>> = {
  HPE_INVALID_METHOD: '405 Method Not Allowed',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** For the client to read the answer, in ms. */
const LINGER_MS = 500;

/**
 * Answers a request that cannot be parsed, and closes the connection. Node would close it at once; data that has not been
 * read by then resets it (RFC 9112, 9.6), and the answer is lost.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable) return; // it is closing already, or the client has left
  socket.end(`HTTP/1.1 ${ANSWERS[error.code ?? ''] ?? '400 Bad Request'}\r\nConnection: close\r\n\r\n`);
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}
