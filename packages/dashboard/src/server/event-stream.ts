import type { ServerResponse } from 'node:http';

/** Unsent bytes of a client above which it gets no further reading: the next one replaces it anyway. */
const MAX_UNSENT = 1024 * 1024;
/** A client that reads nothing for this long is disconnected, in ms. */
const STALLED_MS = 30_000;

/** Begins an answer of server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html */
export function startEventStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
}

/** Returns a function that sends an event to a client, unless the client is slow. */
export function createEventSender(response: ServerResponse): (json: string) => void {
  let lastRead = performance.now();
  response.on('drain', () => {
    lastRead = performance.now();
  });
  return (json) => {
    if (response.destroyed) return;
    if (!response.writableNeedDrain) lastRead = performance.now();
    if (performance.now() - lastRead > STALLED_MS) response.destroy();
    // JSON has no line break outside of strings, and inside they are escaped.
    else if (response.writableLength <= MAX_UNSENT) response.write(`data: ${json}\n\n`);
  };
}
