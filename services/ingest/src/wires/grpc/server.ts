import { STREAM_METRICS_PATHS } from '@activescale/protocol/envoy';
import { HEALTH_CHECK_PATH, HEALTH_WATCH_PATH } from '@activescale/protocol/grpc-health';
import {
  Server,
  type ServerCredentials,
  type ServerInterceptingCall,
  type ServerInterceptor,
} from '@grpc/grpc-js';
import { SILENCE_MS } from '../../pod-stream.ts';
import { OURS } from './grpc-call.ts';
import { createHealth } from './health.ts';
import { createHealthCalls } from './health-calls.ts';
import { createStreams, MAX_MESSAGE_BYTES, type StreamsEvents, type StreamsOptions } from './streams.ts';

export interface GrpcServerOptions extends StreamsOptions {
  /** undefined: all addresses. */
  readonly host: string | undefined;
  /** 0: any free port. */
  readonly port: number;
  readonly credentials: ServerCredentials;
  /** A connection without any other sign of life is asked for one this often, in ms. */
  readonly keepaliveTime?: number;
  /** Calls of the health service open at once. */
  readonly maxHealthCalls?: number;
  readonly events: GrpcServerEvents;
}

export interface GrpcServerEvents extends StreamsEvents {
  /** grpc-js answered a call by itself with this gRPC status code. */
  answered(code: number): void;
}

export interface GrpcServer {
  readonly port: number;
  readonly streams: number;
  /** Says NOT_SERVING, refuses new streams, lets flushes under way complete, answers every open stream with OK, then closes. */
  close(): Promise<void>;
}

/** Flushes under way complete within the silence that ends them. */
const GRACE_MS = SILENCE_MS + 10;
/** How long clients may take to close their connections once their streams are answered, in ms. */
const CLOSE_MS = 1_000;
/** A half-open connection, whose other end is gone without a word, is found within the sum of these, in ms. */
const KEEPALIVE_MS = 60_000;
const KEEPALIVE_TIMEOUT_MS = 20_000;
/** An Envoy always has its stream. A connection without one is closed after this, in ms. */
const IDLE_MS = 60_000;
/** On one connection; an Envoy has one. More are refused by HTTP/2 itself, before anything is made of them. */
const MAX_CONCURRENT_STREAMS = 100;

/** Serves StreamMetrics, and says by grpc.health.v1.Health whether it does. Rejects when it cannot listen. */
export async function startGrpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  const { keepaliveTime = KEEPALIVE_MS } = options;
  const streams = createStreams(options);
  const health = createHealth(STREAM_METRICS_PATHS.map(serviceOf));
  const healthCalls = createHealthCalls({
    health,
    ...(options.maxHealthCalls === undefined ? {} : { maxCalls: options.maxHealthCalls }),
    refused: options.events.refused,
  });
  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_concurrent_streams': MAX_CONCURRENT_STREAMS,
    'grpc.keepalive_time_ms': keepaliveTime,
    'grpc.keepalive_timeout_ms': Math.min(keepaliveTime, KEEPALIVE_TIMEOUT_MS),
    'grpc.max_connection_idle_ms': IDLE_MS,
    'grpc.enable_channelz': 0,
    interceptors: [observeStatus(options.events.answered)],
  });
  const same = (bytes: Buffer) => bytes;
  for (const path of STREAM_METRICS_PATHS) server.register(path, streams.handle, same, same, 'clientStream');
  server.register(HEALTH_CHECK_PATH, healthCalls.check, same, same, 'clientStream');
  server.register(HEALTH_WATCH_PATH, healthCalls.watch, same, same, 'bidi');
  const port = await bind(server, options);

  return {
    port,
    get streams() {
      return streams.size;
    },
    async close() {
      health.set('NOT_SERVING');
      streams.closing();
      if (streams.size > 0) await new Promise((resolve) => setTimeout(resolve, GRACE_MS));
      streams.answerAll();
      healthCalls.endAll();
      await shutDown(server);
    },
  };
}

/** `envoy.service.metrics.v3.MetricsService` of a method's path. */
function serviceOf(path: string): string {
  return path.slice(1, path.lastIndexOf('/'));
}

/** Sees with which status grpc-js ends a call by itself: for a message too large, or a bad compression. */
function observeStatus(answered: GrpcServerEvents['answered']): ServerInterceptor {
  return (_method, call) => {
    const sendStatus = call.sendStatus.bind(call);
    call.sendStatus = (reply) => {
      if (typeof reply.code === 'number' && reply.metadata !== OURS) answered(reply.code);
      sendStatus(reply);
    };
    // The call itself: a wrapper around it would be one more hop for each message.
    return call as ServerInterceptingCall;
  };
}

/** All addresses means IPv6 and IPv4 with it; a machine without IPv6 has only the latter. */
async function bind(server: Server, { host, port, credentials }: GrpcServerOptions): Promise<number> {
  const hosts = host === undefined ? ['[::]', '0.0.0.0'] : [host.includes(':') ? `[${host}]` : host];
  const errors: unknown[] = [];
  for (const name of hosts) {
    try {
      return await bindOne(server, `${name}:${port}`, credentials);
    } catch (error) {
      errors.push(error);
    }
  }
  throw new AggregateError(
    errors,
    `cannot listen on ${host ?? '*'}:${port} (LISTEN_HOST, GRPC_PORT): ${errors.at(-1)}`,
  );
}

function bindOne(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}

function shutDown(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, CLOSE_MS);
    server.tryShutdown(() => {
      clearTimeout(force);
      resolve();
    });
  });
}
