import type { Duplex } from 'node:stream';
import { EXTERNAL_SCALER, type ScaledObjectRef } from '@activescale/protocol/keda';
import {
  Server,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptor,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import type { Scaler } from './scaler.ts';
import { type ScalerError, scalerErrorOf } from './scaler-error.ts';

/** A request has the metadata of one trigger. */
const MAX_REQUEST_BYTES = 64 * 1024;
/** Unary calls of a connection at once, besides its streams. Further ones wait at the client. */
const MAX_CALLS = 400;
/** A peer that does not answer a ping is gone: its streams end. In ms. */
const KEEPALIVE = { 'grpc.keepalive_time_ms': 30_000, 'grpc.keepalive_timeout_ms': 10_000 };
/** For the calls that are open when the server closes, in ms. */
const LEAVING_MS = 1_000;

/**
 * Without an interceptor, grpc-js also starts a call whose request is completed after it was answered, as at its deadline: such a
 * call is never cancelled (BaseServerInterceptingCall in its src/server-interceptors.ts).
 */
const ignoreAnswered: ServerInterceptor = (_method, call) => new ServerInterceptingCall(call);

export type MethodName = keyof typeof EXTERNAL_SCALER;

/** The sending end of a stream. */
export interface OpenStream<T> {
  send(message: T): void;
  /** With OK, after which KEDA opens another one. */
  end(): void;
}

/** Opens a stream for a trigger. @returns called once when it has ended @throws ScalerError if it is refused */
export type StreamOpener<T> = (ref: ScaledObjectRef, stream: OpenStream<T>) => () => void;

export interface GrpcOptions {
  readonly scaler: Scaler;
  readonly streamIsActive: StreamOpener<{ readonly result: boolean }>;
  readonly streamMetricSpec: StreamOpener<ReturnType<Scaler['getMetricSpec']>>;
  readonly maxStreams: number;
  onEnded(method: MethodName, error: ScalerError | 'OK' | 'CANCELLED', ref: ScaledObjectRef): void;
}

export interface GrpcServer {
  /** Serves a connection that is ready for HTTP/2. */
  serve(connection: Duplex): void;
  /** Answers the open calls. */
  close(): Promise<void>;
}

/** `externalscaler.ExternalScaler` on connections that are accepted elsewhere. */
export function createGrpcServer(options: GrpcOptions): GrpcServer {
  const { scaler, streamIsActive, streamMetricSpec, maxStreams, onEnded } = options;
  const server = new Server({
    ...KEEPALIVE,
    'grpc.max_receive_message_length': MAX_REQUEST_BYTES,
    'grpc.max_concurrent_streams': maxStreams + MAX_CALLS,
    'grpc.enable_channelz': 0,
    interceptors: [ignoreAnswered],
  });
  const unary =
    <Request, Response>(
      method: MethodName,
      answer: (request: Request) => Response | Promise<Response>,
      refOf: (request: Request) => ScaledObjectRef,
    ) =>
    async ({ request }: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => {
      try {
        const response = await answer(request);
        onEnded(method, 'OK', refOf(request));
        callback(null, response);
      } catch (cause) {
        const error = scalerErrorOf(cause);
        onEnded(method, error, refOf(request));
        callback(statusOf(error));
      }
    };
  const ofRef = (ref: ScaledObjectRef) => ref;
  const open = new Set<{ end(): void }>();
  server.addService(EXTERNAL_SCALER, {
    IsActive: unary('IsActive', scaler.isActive, ofRef),
    GetMetricSpec: unary('GetMetricSpec', scaler.getMetricSpec, ofRef),
    GetMetrics: unary('GetMetrics', scaler.getMetrics, ({ scaledObjectRef }) => scaledObjectRef),
    StreamIsActive: streaming('StreamIsActive', streamIsActive, open, onEnded),
    StreamMetricSpec: streaming('StreamMetricSpec', streamMetricSpec, open, onEnded),
  });
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  return {
    serve: (connection) => injector.injectConnection(connection),
    async close() {
      for (const stream of open) stream.end();
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(() => server.forceShutdown(), LEAVING_MS);
      server.tryShutdown(() => resolve());
      await promise;
      clearTimeout(timer);
    },
  };
}

function streaming<T>(
  method: MethodName,
  opener: StreamOpener<T>,
  open: Set<{ end(): void }>,
  onEnded: GrpcOptions['onEnded'],
) {
  return (call: ServerWritableStream<ScaledObjectRef, T>): void => {
    const { request } = call;
    let isOpen = true;
    let release = () => {};
    const finish = (how: ScalerError | 'OK' | 'CANCELLED'): void => {
      if (!isOpen) return;
      isOpen = false;
      open.delete(stream);
      release();
      onEnded(method, how, request);
    };
    const stream: OpenStream<T> = {
      // Dropped for a client that does not read: a later message replaces it.
      send: (message) => void (isOpen && !call.writableNeedDrain && call.write(message)),
      end() {
        finish('OK');
        call.end();
      },
    };
    call.on('cancelled', () => finish('CANCELLED'));
    call.on('error', () => {}); // also those that are emitted below, for the client
    try {
      open.add(stream);
      release = opener(request, stream);
    } catch (cause) {
      const error = scalerErrorOf(cause);
      finish(error);
      call.emit('error', statusOf(error));
    }
  };
}

function statusOf({ status: name, message: details }: ScalerError) {
  return { code: status[name], details };
}
