/**
 * Limits of what a client may send over one connection in a tick. If it exceeds one, the connection is closed.
 */

/** Requests, whatever becomes of them. An Envoy has one stream, and 100 may be open at once. */
export const MAX_REQUESTS = 200;
/** PING, SETTINGS and GOAWAY frames. Envoy's keepalive sends less than one a second. */
export const MAX_CONTROL_FRAMES = 200;
/** DATA frames with less than `SMALL_BYTES`, each of which costs as much as a full one of 16 KiB. */
export const MAX_SMALL_FRAMES = 4_000;
const SMALL_BYTES = 256;
/**
 * Bytes besides the data of calls: frame headers, header blocks and control frames, and TLS. node:http2 handles
 * many of these without an event, such as a header block that is larger than its limit, whose references (RFC
 * 7541, 6.1) it must still decode.
 */
export const MAX_OVERHEAD_BYTES = 256 * 1024;
/** A frame header has 9 bytes, a TLS record about 29 more; both hold up to 16 KiB. In bytes of data per such byte. */
const DATA_PER_OVERHEAD_BYTE = 16;

/** Counts what a client sends over one connection. Functions return the broken rule; undefined: none. */
export interface Conduct {
  request(): string | undefined;
  /** A PING, SETTINGS or GOAWAY frame. */
  control(): string | undefined;
  /** Data of a request. */
  data(bytes: number): string | undefined;
  /** A DATA frame whose data counts later. */
  frame(bytes: number): string | undefined;
  /** @param wireBytes received by the socket @param unread data of requests that wait for their turn, in bytes */
  overhead(wireBytes: number, unread: number): string | undefined;
  /** Begins the next tick. */
  next(wireBytes: number, unread: number): void;
}

export function createConduct(): Conduct {
  return new ConductCount();
}

class ConductCount implements Conduct {
  #requests = 0;
  #controls = 0;
  #smallFrames = 0;
  #dataBytes = 0;
  /** Of the socket, up to the beginning of this tick. */
  #wireBefore = 0;
  #unreadBefore = 0;

  request(): string | undefined {
    this.#requests++;
    return this.#requests > MAX_REQUESTS ? `more than ${MAX_REQUESTS} requests at once` : undefined;
  }

  control(): string | undefined {
    this.#controls++;
    return this.#controls > MAX_CONTROL_FRAMES
      ? `more than ${MAX_CONTROL_FRAMES} PING, SETTINGS and GOAWAY frames at once`
      : undefined;
  }

  data(bytes: number): string | undefined {
    this.#dataBytes += bytes;
    return this.frame(bytes);
  }

  frame(bytes: number): string | undefined {
    if (bytes >= SMALL_BYTES) return undefined;
    this.#smallFrames++;
    return this.#smallFrames > MAX_SMALL_FRAMES
      ? `more than ${MAX_SMALL_FRAMES} DATA frames of less than ${SMALL_BYTES} bytes at once`
      : undefined;
  }

  overhead(wireBytes: number, unread: number): string | undefined {
    const data = this.#dataBytes + unread - this.#unreadBefore;
    const bytes = wireBytes - this.#wireBefore - data;
    return bytes > MAX_OVERHEAD_BYTES + Math.max(0, data) / DATA_PER_OVERHEAD_BYTE
      ? `${bytes} bytes of frame headers, header blocks and control frames at once`
      : undefined;
  }

  next(wireBytes: number, unread: number): void {
    this.#requests = 0;
    this.#controls = 0;
    this.#smallFrames = 0;
    this.#dataBytes = 0;
    this.#wireBefore = wireBytes;
    this.#unreadBefore = unread;
  }
}
