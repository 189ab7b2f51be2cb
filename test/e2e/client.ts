import { connect } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { streamMetrics } from '@activescale/devkit';
import { Client, type ClientWritableStream, credentials } from '@grpc/grpc-js';

/** A StreamMetrics call that a test fills by hand. */
export interface Stream extends AsyncDisposable {
  push(message: Buffer): void;
  /** Sends no more; the server then answers. */
  end(): void;
  /** The call's gRPC status code. */
  readonly status: Promise<number>;
}

/** ingest takes no more on one connection. */
const STREAMS_A_CONNECTION = 100;

/** So many streams, on as few connections as can be. */
export function openStreams(port: number, count: number): Stream[] {
  if (count > STREAMS_A_CONNECTION) {
    return [...openStreams(port, STREAMS_A_CONNECTION), ...openStreams(port, count - STREAMS_A_CONNECTION)];
  }
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  let open = count;
  return Array.from({ length: count }, () => {
    let call: ClientWritableStream<Buffer>;
    const status = new Promise<number>((resolve) => {
      const { path, requestSerialize, responseDeserialize } = streamMetrics;
      call = client.makeClientStreamRequest(path, requestSerialize, responseDeserialize, (error) =>
        resolve(error?.code ?? 0),
      );
      call.on('error', () => {}); // the callback tells
    });
    void status.then(() => {
      open--;
      if (open === 0) client.close();
    });
    return {
      push: (message) => void call.write(message),
      end: () => call.end(),
      status,
      async [Symbol.asyncDispose]() {
        call.cancel();
        await status;
      },
    };
  });
}

/** A stream on its own connection, as each Envoy has one. */
export function openStream(port: number): Stream {
  const [stream] = openStreams(port, 1);
  if (stream === undefined) throw new Error('no stream');
  return stream;
}

/** Where a connection comes from and how it is made. */
export interface RawOptions {
  /** An address of this machine: all of 127.0.0.0/8 are. */
  readonly from?: string;
  readonly tls?: ConnectionOptions;
}

/** A stream whose frames are made by hand. */
export interface RawStream extends Stream {
  /** Resolves when more can be written, or the stream has closed. */
  write(bytes: Buffer): Promise<void>;
}

/** A call whose frames are made by hand: for what no gRPC library would send. */
export function openRawStream(
  port: number,
  headers: Readonly<Record<string, string>>,
  { from, tls }: RawOptions = {},
): RawStream {
  const session = connect(`${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, {
    maxSessionMemory: 100, // in MB: the largest messages are written at once
    ...tls,
    ...(from !== undefined && {
      createConnection: () => connectSocket({ host: '127.0.0.1', port, localAddress: from }),
    }),
  });
  session.on('error', () => {}); // the status tells
  const call = session.request({
    ':method': 'POST',
    ':path': streamMetrics.path,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  call.on('error', () => {});
  const status = new Promise<number>((resolve) => {
    const onFields = (fields: Readonly<Record<string, unknown>>) => {
      if (fields['grpc-status'] !== undefined) resolve(Number(fields['grpc-status']));
    };
    call.on('response', onFields); // an answer may be trailers only
    call.on('trailers', onFields);
    call.once('close', () => resolve(CANCELLED));
  });
  call.resume();
  return {
    push: (bytes) => void call.write(bytes),
    write: (bytes) =>
      new Promise((resolve) => {
        if (call.destroyed || call.write(bytes)) return resolve();
        const events = ['drain', 'close'] as const;
        const settled = () => {
          for (const event of events) call.off(event, settled);
          resolve();
        };
        for (const event of events) call.once(event, settled);
      }),
    end: () => call.end(),
    status,
    async [Symbol.asyncDispose]() {
      session.destroy();
    },
  };
}

const CANCELLED = 1;

/** A length-prefixed message, as gRPC frames it; `compressed` sets its flag. */
export function frame(message: Buffer, compressed: boolean): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(compressed ? 1 : 0);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
