import {
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerReadableStream,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { until } from '../process/until.ts';
import type { Recorded } from './recording.ts';

export interface Sink extends AsyncDisposable {
  readonly port: number;
  /** All messages so far, unless `onMessage` takes them. */
  readonly messages: readonly Recorded[];
  /** Waits until this number of messages has arrived. */
  received(count: number): Promise<readonly Recorded[]>;
  stop(): Promise<void>;
}

interface SinkOptions {
  /** Takes each message instead of it being kept: discarding them all is the floor of a benchmark. */
  onMessage?: (message: Recorded) => void;
}

const raw = (bytes: Buffer) => bytes;

/** Envoy's metrics service, with messages as bytes. */
export const streamMetrics: MethodDefinition<Buffer, Buffer> = {
  path: '/envoy.service.metrics.v3.MetricsService/StreamMetrics',
  requestStream: true,
  responseStream: false,
  requestSerialize: raw,
  requestDeserialize: raw,
  responseSerialize: raw,
  responseDeserialize: raw,
};

/** A metrics service that keeps what it is sent. */
export async function startSink({ onMessage }: SinkOptions = {}): Promise<Sink> {
  const messages: Recorded[] = [];
  let streams = 0;
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  const receive = (call: ServerReadableStream<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => {
    const stream = streams++;
    call.on('data', (message: Buffer) => {
      const recorded = { stream, arrival: performance.timeOrigin + performance.now(), message };
      if (onMessage) onMessage(recorded);
      else messages.push(recorded);
    });
    call.on('end', () => answer(null, Buffer.alloc(0)));
    call.on('error', () => {}); // an Envoy that was killed
  };
  server.addService({ streamMetrics }, { streamMetrics: receive });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
  const stop = async () => server.forceShutdown();
  const received = (count: number) =>
    until(() => messages.length >= count && messages, { deadline: 30_000, what: `${count} messages` });
  return { port, messages, received, stop, [Symbol.asyncDispose]: stop };
}
