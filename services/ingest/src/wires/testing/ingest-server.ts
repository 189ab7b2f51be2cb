import { EventEmitter } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { EnvoyError, STREAM_METRICS_PATHS } from '@activescale/protocol/envoy';
import { Client, type ClientWritableStream, credentials, status } from '@grpc/grpc-js';
import { type GrpcCredentials, grpcCredentials } from '../grpc/credentials.ts';
import { type IngestServerOptions, startIngestServer } from '../ingest-server.ts';
import { createStalls } from '../stalls.ts';

export const [V3, V2] = STREAM_METRICS_PATHS;
export const MIB = 1024 * 1024;

/** An ingest server, what its streams received, and a grpc-js client; texts represent messages. */
export async function setUp(options: Partial<IngestServerOptions> = {}) {
  const seen = new EventEmitter<{ message: [string]; end: []; refused: [string] }>();
  const control = { underWay: false };
  const counts = {
    messages: [] as string[],
    ended: 0,
    rotated: 0,
    /** Codes of refusals, and their messages. */
    refused: [] as string[],
    reasons: [] as string[],
    failed: [] as unknown[],
    closed: [] as string[],
  };
  const server = await startIngestServer({
    host: '127.0.0.1',
    port: 0,
    credentials: await plaintext(),
    maxStreams: 1_000,
    maxUnfinishedBytes: 256 * MIB,
    maxConnectionAge: 0,
    now: () => performance.now(),
    stalls: createStalls(performance.now()),
    openStream: () => ({
      isUnderWay: () => control.underWay,
      message(bytes) {
        const text = bytes.toString('latin1', 0, 20);
        if (text === 'bad') throw new EnvoyError('ERR_ENVOY_MALFORMED', 'not a message: "ü", 100 %');
        if (text === 'fault') throw new TypeError('a fault of this process');
        counts.messages.push(text);
        seen.emit('message', text);
      },
      end() {
        counts.ended++;
        seen.emit('end');
      },
    }),
    events: {
      opened() {},
      refused(_peer, error) {
        counts.refused.push(error.code);
        counts.reasons.push(error.message);
        seen.emit('refused', error.code);
      },
      failed: (_peer, error) => void counts.failed.push(error),
      tooManyConnections: (peer) => void counts.closed.push(peer),
      brokeProtocol: (_peer, what) => void counts.closed.push(what),
      skipped() {},
      rotated(calls) {
        counts.rotated += calls;
      },
    },
    ...options,
  });
  const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  return {
    server,
    control,
    client,
    seen,
    counts,
    open: (path: string = V3) => openCall(client, path),
    async [Symbol.asyncDispose]() {
      client.close();
      await server.close();
    },
  };
}

function plaintext(): Promise<GrpcCredentials> {
  return grpcCredentials(undefined, { replaced() {}, failed() {} });
}

/** A connection without a gRPC library. */
export function connectTo(port: number, localAddress = '127.0.0.1'): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`, {
    // In MiB. A client that has more than that queued refuses responses.
    maxSessionMemory: 1_000,
    createConnection: () => connectSocket({ host: '127.0.0.1', port, localAddress }),
  });
  session.on('error', () => {});
  return session;
}

/** A call without a library, which keeps nothing of what it has sent. */
export function openRaw(
  session: ClientHttp2Session,
  headers: Readonly<Record<string, string>> = {},
): ClientHttp2Stream {
  const fields = { ':method': 'POST', ':path': V3, 'content-type': 'application/grpc', te: 'trailers' };
  const stream = session.request({ ...fields, ...headers });
  stream.on('error', () => {});
  return stream.resume();
}

/** The gRPC status that ends a call, its message as it is on the wire, and the HTTP status. */
export interface RawAnswer {
  readonly http: number;
  readonly code: string | undefined;
  readonly message: string | undefined;
}

/** Resolves once a call without a library is answered. */
export function answerOf(stream: ClientHttp2Stream): Promise<RawAnswer> {
  const { promise, resolve } = Promise.withResolvers<RawAnswer>();
  let http = 0;
  const take = (headers: Readonly<Record<string, unknown>>) => {
    http ||= Number(headers[':status'] ?? 0);
    const code = headers['grpc-status'];
    if (code === undefined && http === 200) return;
    const message = headers['grpc-message'] as string | undefined;
    resolve({ http, code: code === undefined ? undefined : status[Number(code)], message });
  };
  stream.on('response', take);
  stream.on('trailers', take);
  stream.once('close', () => resolve({ http, code: undefined, message: `closed with ${stream.rstCode}` }));
  return promise;
}

/** @param length of the message, should only a part of it follow */
export function framed(bytes: Buffer | string, { length = bytes.length, flag = 0 } = {}): Buffer {
  const header = Buffer.alloc(5);
  header[0] = flag;
  header.writeUInt32BE(length, 1);
  return Buffer.concat([header, Buffer.from(bytes)]);
}

interface Answer {
  readonly code: number;
  readonly details: string;
  readonly body: Buffer | undefined;
}

function openCall(
  client: Client,
  path: string,
): { call: ClientWritableStream<string>; answer: Promise<Answer> } {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const call = client.makeClientStreamRequest<string, Buffer>(
    path,
    (text) => Buffer.from(text, 'latin1'),
    (bytes) => bytes,
    (error, body) =>
      resolve({ code: error?.code ?? status.OK, details: error?.details ?? '', body: body ?? undefined }),
  );
  call.on('error', () => {}); // the callback has it
  return { call, answer: promise };
}
