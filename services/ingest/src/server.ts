import { performance } from 'node:perf_hooks';
import { EnvoyError, STREAM_METRICS_PATHS, STREAM_METRICS_RESPONSE } from '@activescale/protocol/envoy';
import {
  type handleClientStreamingCall,
  Server,
  ServerCredentials,
  type ServerInterceptingCall,
  type ServerInterceptor,
  status,
} from '@grpc/grpc-js';
import { type PodStream, SILENCE_MS } from './pod-stream.ts';

/** A sidecar with hundreds of clusters flushes 2 MB and more; gRPC's default of 4 MB cuts real ones off. */
export const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

export interface GrpcServerOptions {
  /** undefined: all addresses. */
  readonly host: string | undefined;
  /** 0: any free port. */
  readonly port: number;
  /** Makes the state of one new stream. */
  readonly openStream: () => PodStream;
  readonly events: GrpcServerEvents;
}

export interface GrpcServerEvents {
  opened(peer: string): void;
  /** A message broke a rule, and its stream ended with it. */
  refused(peer: string, error: EnvoyError): void;
  /** A call was answered with this gRPC status code. */
  answered(code: number): void;
}

export interface GrpcServer {
  readonly port: number;
  readonly streams: number;
  /** Refuses new streams, lets flushes under way complete, answers every open stream with OK, then closes. */
  close(): Promise<void>;
}

type OpenStream = { answer(): void };

/** Flushes under way complete within the silence that ends them. */
const GRACE_MS = SILENCE_MS + 10;
/** How long clients may take to close their connections once their streams are answered, in ms. */
const CLOSE_MS = 1_000;

/** Serves StreamMetrics. Rejects when it cannot listen. */
export async function startGrpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  const { openStream, events } = options;
  const open = new Set<OpenStream>();
  let closing = false;

  const handle: handleClientStreamingCall<Buffer, Buffer> = (call, respond) => {
    if (closing) {
      respond({ code: status.UNAVAILABLE, details: 'shutting down' });
      return;
    }
    const stream = openStream();
    events.opened(call.getPeer());
    const finish = (reply: () => void) => {
      if (!open.delete(entry)) return;
      stream.end();
      reply();
    };
    const entry: OpenStream = { answer: () => finish(() => respond(null, STREAM_METRICS_RESPONSE)) };
    open.add(entry);
    call.on('data', (bytes: Buffer) => {
      if (!open.has(entry)) return;
      try {
        stream.message(bytes, performance.now());
      } catch (error) {
        if (!(error instanceof EnvoyError)) throw error;
        events.refused(call.getPeer(), error);
        finish(() => respond({ code: status.INVALID_ARGUMENT, details: error.message }));
      }
    });
    call.on('end', entry.answer);
    call.on('cancelled', () => finish(() => {}));
    call.on('error', () => finish(() => {})); // the connection's end; the status says the rest
  };

  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.enable_channelz': 0,
    interceptors: [observeStatus(events.answered)],
  });
  for (const path of STREAM_METRICS_PATHS) {
    server.register(
      path,
      handle,
      (response: Buffer) => response,
      (bytes: Buffer) => bytes,
      'clientStream',
    );
  }
  const port = await bind(server, options.host, options.port);

  return {
    port,
    get streams() {
      return open.size;
    },
    async close() {
      closing = true;
      if (open.size > 0) await new Promise((resolve) => setTimeout(resolve, GRACE_MS));
      for (const entry of [...open]) entry.answer();
      await shutDown(server);
    },
  };
}

/** Sees the status of every call, also those that grpc-js ends itself: a message too large, a bad compression. */
function observeStatus(answered: GrpcServerEvents['answered']): ServerInterceptor {
  return (_method, call) => {
    const sendStatus = call.sendStatus.bind(call);
    call.sendStatus = (reply) => {
      if (reply.code !== null && reply.code !== undefined) answered(reply.code);
      sendStatus(reply);
    };
    // The call itself: a wrapper around it would be one more hop for each message.
    return call as ServerInterceptingCall;
  };
}

/** All addresses means IPv6 and IPv4 with it; a machine without IPv6 has only the latter. */
async function bind(server: Server, host: string | undefined, port: number): Promise<number> {
  const hosts = host === undefined ? ['[::]', '0.0.0.0'] : [host.includes(':') ? `[${host}]` : host];
  const errors: unknown[] = [];
  for (const name of hosts) {
    try {
      return await bindOne(server, `${name}:${port}`);
    } catch (error) {
      errors.push(error);
    }
  }
  throw new AggregateError(
    errors,
    `cannot listen on ${host ?? '*'}:${port} (LISTEN_HOST, GRPC_PORT): ${errors.at(-1)}`,
  );
}

function bindOne(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
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
