import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { LimitError } from '../../limit-error.ts';
import { LOOK_MS, type Stalls } from '../stalls.ts';
import { createBufferPool } from './buffer-pool.ts';
import { type CallContext, type CallEvents, openCall } from './call.ts';
import { type CaretakerEvents, createCaretaker } from './caretaker.ts';
import { type Connection, createConnection, leave, type SessionEvents, startSession } from './connection.ts';
import type { GrpcCredentials } from './credentials.ts';
import { isGrpcCall, refuseRequest } from './headers.ts';
import { createHttp2Server } from './http2-server.ts';
import { createMemoryBudget } from './limits/memory-budget.ts';
import { PATIENCE, type Patience } from './limits/patience.ts';
import { createStreamQuota, type StreamQuota } from './limits/stream-quota.ts';
import { createTurns, type Turns } from './limits/turns.ts';
import { listen } from './listen.ts';
import type { CallHandler, OpenCall, ServerCall, Service } from './service.ts';
import { createUnpacker } from './unpacker.ts';

export interface GrpcServerOptions {
  /** undefined: all addresses. */
  readonly host: string | undefined;
  /** 0: any free port. */
  readonly port: number;
  readonly credentials: GrpcCredentials;
  readonly services: readonly Service[];
  /** Maximum memory of messages that are incomplete or wait, over all calls, in bytes. */
  readonly maxUnfinishedBytes: number;
  /** Age of a connection in ms (±10 %) at which GOAWAY is sent; 0: never. */
  readonly maxConnectionAge: number;
  /** In all, with and without calls. */
  readonly maxConnections: number;
  readonly patience?: Patience;
  /** ms of the process's monotonic clock. */
  readonly now: () => number;
  /** Its `turned` is called at an interval. */
  readonly stalls: Stalls;
  readonly events: GrpcServerEvents;
}

export interface GrpcServerEvents extends CallEvents, CaretakerEvents {
  opened(peer: string): void;
}

export interface GrpcServer {
  readonly port: number;
  /** Asks each call to end now, and closes. */
  close(): Promise<void>;
}

/** How long clients may take to close their connections once their calls have ended, in ms. */
const CLOSE_MS = 1_000;
/** If the check runs later than this, in ms, the event loop was busy, and the connections are inspected for the cause. */
const LATE_MS = 20;
/** Connections of one age close at different times, so that their clients do not all reconnect at once. */
const JITTER = 0.1;

/** Serves gRPC on node:http2. Rejects when it cannot listen. */
export async function startGrpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  const { now, events, maxUnfinishedBytes, patience = PATIENCE } = options;
  const budget = createMemoryBudget({
    maxBytes: maxUnfinishedBytes,
    patience: patience.message,
    overdue: patience.overdue,
  });
  const context: CallContext = {
    pool: createBufferPool(),
    unpacker: createUnpacker(),
    turns: createTurns(now),
    budget,
    maxUnfinishedBytes,
    patience,
    now,
    events,
    onData: (connection, bytes) => void caretaker.judge(connection, connection.conduct.data(bytes)),
    onOver(call, connection, quota) {
      quota.close(call);
      connection.calls.delete(call);
      caretaker.callClosed(connection, now());
    },
  };
  const { turns } = context;
  const caretaker = createCaretaker({ patience, maxConnections: options.maxConnections, now, events });
  const sessionEvents: SessionEvents = {
    control: (connection) => void caretaker.judge(connection, connection.conduct.control()),
    brokeProtocol: caretaker.offended,
  };
  const methods = methodsOf(options.services);

  /** Connections without a session yet. A session knows its socket only by a proxy, but knows its address and port. */
  const pending = new Map<string, Connection>();
  const accept = (socket: Socket): void => {
    const connection = createConnection(socket, now(), ageLimit(options.maxConnectionAge));
    socket.on('error', awaitClose);
    socket.on('close', () => {
      caretaker.remove(connection);
      pending.delete(connection.name);
    });
    if (caretaker.add(connection, now())) pending.set(connection.name, connection);
  };
  const begin = (session: ServerHttp2Session): void => {
    const { remoteAddress, remotePort } = session.socket;
    const name = `${remoteAddress}:${remotePort}`;
    const connection = pending.get(name);
    if (connection === undefined) {
      session.destroy();
      return;
    }
    pending.delete(name);
    const { conduct } = connection;
    startSession(connection, session, now(), sessionEvents);
    session.on('stream', (stream, headers) => {
      stream.on('error', awaitClose);
      if (!caretaker.judge(connection, conduct.request())) return;
      awaitTurn(turns, connection, stream, {
        serve: () => serve(connection, stream, headers),
        frame: (bytes) => void caretaker.judge(connection, conduct.frame(bytes)),
      });
    });
  };
  const serve = (connection: Connection, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
    const method = methods.get(String(headers[':path']));
    if (method === undefined || !isGrpcCall(headers)) {
      stream.on('data', ({ length }: Buffer) => context.onData(connection, length));
      refuseRequest(stream, headers, patience.linger);
      return;
    }
    const { service, quota } = method;
    caretaker.callOpened(connection);
    const call = openCall({
      stream,
      headers,
      connection,
      service,
      begin: method.begin,
      quota,
      context,
    });
    if (call.isOver()) return;
    connection.calls.add(call);
    const excess = quota.open(call, connection.group);
    excess?.refuse(tooManyStreams(service));
    if (call.isOver()) return;
    events.opened(connection.name);
    if (connection.leavingSince !== undefined) call.leave('soon');
  };

  const { credentials } = options;
  const server = createHttp2Server(credentials, now);
  // Before node:http2's own listener, which begins the session of a plaintext connection.
  server.prependListener('connection', accept);
  server.on('session', begin);
  server.on('unknownProtocol', (socket: Socket) => socket.destroy());
  const port = await listen(server, options.host, options.port);
  const ticker = setInterval(() => {
    const at = now();
    caretaker.sweep(at);
    budget.sweep(at);
  }, patience.tick).unref();
  const watch = watchLoop(now, options.stalls, () => caretaker.inspect());

  return {
    port,
    async close() {
      for (const connection of [...caretaker.connections]) {
        leave(connection, now());
        for (const call of [...connection.calls]) call.leave('now');
      }
      const force = setTimeout(() => {
        for (const { socket } of caretaker.connections) socket.destroy();
      }, CLOSE_MS);
      await new Promise((resolve) => server.close(resolve));
      clearTimeout(force);
      clearInterval(ticker);
      clearInterval(watch);
    },
  };
}

/** 'close' follows. Not a closure: it would keep the headers of its request as long as the call lasts. */
function awaitClose(): void {}

interface Arrival {
  serve(): void;
  /** A DATA frame has arrived before. */
  frame(bytes: number): void;
}

/** Serves a request at once or in one of the next turns, unless its client has reset it by then. */
function awaitTurn(
  turns: Turns,
  { group, opening }: Connection,
  stream: ServerHttp2Stream,
  { serve, frame }: Arrival,
): void {
  let waiting = 0;
  // Emitted for each frame, as long as no more than `readableHighWaterMark` wait.
  const arrived = (): void => {
    frame(stream.readableLength - waiting);
    waiting = stream.readableLength;
  };
  opening.add(stream);
  turns.start({
    address: group,
    turn: 0,
    messages: 0,
    resume() {
      opening.delete(stream);
      stream.off('readable', arrived);
      if (!stream.destroyed && !stream.closed) serve();
    },
  });
  if (opening.has(stream)) stream.on('readable', arrived);
}

/** @param late called if the event loop was busy */
function watchLoop(now: () => number, stalls: Stalls, late: () => void): NodeJS.Timeout {
  return setInterval(() => {
    if (stalls.turned(now()) > LATE_MS) late();
  }, LOOK_MS).unref();
}

interface Method {
  readonly service: Service;
  readonly quota: StreamQuota<OpenCall>;
  readonly begin: (call: ServerCall) => CallHandler;
}

function methodsOf(services: readonly Service[]): ReadonlyMap<string, Method> {
  return new Map(
    services.flatMap((service) => {
      const quota = createStreamQuota<OpenCall>(service.maxCalls);
      return Object.entries(service.methods).map(([path, begin]): [string, Method] => [
        path,
        { service, quota, begin },
      ]);
    }),
  );
}

function tooManyStreams({ maxCalls, limit }: Service): LimitError {
  return new LimitError('ERR_LIMIT_STREAMS', `too many streams: at most ${maxCalls} are allowed (${limit})`);
}

/** @returns the maximum age in ms of a connection */
function ageLimit(maxAge: number): number {
  return maxAge === 0 ? Number.POSITIVE_INFINITY : maxAge * (1 - JITTER + 2 * JITTER * Math.random());
}
