import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Peer } from '../../identity/peer-check.ts';
import { LimitError } from '../../limit-error.ts';
import { GrpcError, isRefusal, REFUSALS, type Refusal } from '../refusal.ts';
import { answer, sendMessage } from './answer.ts';
import { type Connection, widen } from './connection.ts';
import { checkEncoding, timeoutOf } from './headers.ts';
import { type Inbound, type InboundContext, type Receiver, receive } from './inbound.ts';
import type { Patience } from './limits/patience.ts';
import type { StreamQuota } from './limits/stream-quota.ts';
import type { CallHandler, OpenCall, ServerCall, Service } from './service.ts';
import { STATUS, type Status } from './status.ts';

export interface CallEvents {
  /** A call ended because it broke a rule or reached a limit. */
  refused(peer: string, refusal: Refusal): void;
  /** A call ended because of a fault of this process. */
  failed(peer: string, error: unknown): void;
}

/** Shared by all calls. */
export interface CallContext extends InboundContext {
  readonly maxUnfinishedBytes: number;
  readonly patience: Patience;
  readonly events: CallEvents;
  /** Data of a call has arrived. */
  onData(connection: Connection, bytes: number): void;
  /** A call is over, however it ended. */
  onOver(call: OpenCall, connection: Connection, quota: StreamQuota<OpenCall>): void;
}

export interface CallOptions {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly connection: Connection;
  readonly service: Service;
  readonly begin: (call: ServerCall) => CallHandler;
  readonly quota: StreamQuota<OpenCall>;
  readonly context: CallContext;
}

const MAX_TIMER_MS = 2 ** 31 - 1;

/** Serves one call: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
export function openCall(options: CallOptions): OpenCall {
  const { stream, headers, begin } = options;
  const call = new Call(options);
  call.begin(begin);
  const finish = () => call.finish();
  stream.on('close', finish);
  stream.on('error', finish);
  try {
    checkEncoding(headers);
    const timeout = timeoutOf(headers);
    if (timeout !== undefined) call.limit(timeout, headers);
  } catch (error) {
    call.fail(error);
  }
  return call;
}

class Call implements OpenCall, ServerCall, Receiver {
  readonly peer: Peer;
  readonly name: string;
  readonly address: string;
  readonly encoding: string | undefined;
  readonly maxMessageBytes: number;
  readonly #stream: ServerHttp2Stream;
  readonly #connection: Connection;
  readonly #quota: StreamQuota<OpenCall>;
  readonly #context: CallContext;
  readonly #inbound: Inbound;
  #isOver = false;
  #deadline: NodeJS.Timeout | undefined;
  /** Undefined while the call begins, and if that has ended it. */
  #handler: CallHandler | undefined;

  constructor({ stream, headers, connection, service, quota, context }: CallOptions) {
    this.peer = connection;
    this.name = connection.name;
    this.address = connection.group;
    this.encoding = headers['grpc-encoding'] as string | undefined;
    this.maxMessageBytes = service.maxMessageBytes;
    this.#stream = stream;
    this.#connection = connection;
    this.#quota = quota;
    this.#context = context;
    this.#inbound = receive(stream, context, this);
  }

  begin(begin: CallOptions['begin']): void {
    this.#handler = begin(this);
  }

  /** Refuses the call once its `grpc-timeout` is over. */
  limit(ms: number, { 'grpc-timeout': timeout }: IncomingHttpHeaders): void {
    if (this.#isOver || ms > MAX_TIMER_MS) return;
    this.#deadline = setTimeout(
      () =>
        this.refuse(new GrpcError('ERR_GRPC_DEADLINE', `the call took longer than its timeout, ${timeout}`)),
      ms,
    ).unref();
  }

  isOver(): boolean {
    return this.#isOver;
  }

  finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#deadline);
    this.#inbound.close();
    this.#context.onOver(this, this.#connection, this.#quota);
    this.#handler?.closed();
  }

  end(status: Status, details = ''): void {
    if (this.#isOver) return;
    this.finish();
    answer(this.#stream, status, details, this.#context.patience.linger);
  }

  refuse(refusal: Refusal): void {
    if (this.#isOver) return;
    this.#context.events.refused(this.name, refusal);
    this.end(REFUSALS[refusal.code].status, refusal.message);
  }

  fail(error: unknown): void {
    if (this.#isOver) return;
    if (isRefusal(error)) this.refuse(error);
    else {
      this.#context.events.failed(this.name, error);
      this.end(STATUS.INTERNAL, 'internal error');
    }
  }

  evict(reason: 'memory' | 'time'): void {
    this.refuse(evicted(reason, this.#context));
  }

  arrived(bytes: number): void {
    this.#context.onData(this.#connection, bytes);
  }

  received(bytes: Buffer, now: number): void {
    this.#handler?.message(bytes, now);
  }

  halfClosed(): void {
    this.#handler?.halfClosed();
  }

  leave(when: 'soon' | 'now'): void {
    this.#handler?.leave(when);
  }

  accepted(bytes: number): void {
    this.#connection.hasPushed = true;
    widen(this.#connection, bytes);
  }

  release(bytes: Buffer): void {
    this.#context.pool.give(bytes);
  }

  send(message: Buffer): void {
    if (!this.#isOver) sendMessage(this.#stream, message);
  }
}

function evicted(reason: 'memory' | 'time', { patience, maxUnfinishedBytes }: CallContext): LimitError {
  if (reason === 'time')
    return new LimitError(
      'ERR_LIMIT_TIME',
      `a message was incomplete for more than ${patience.message / 1000} s`,
    );
  return new LimitError(
    'ERR_LIMIT_MEMORY',
    `incomplete messages hold more than ${maxUnfinishedBytes} bytes (GRPC_MAX_UNFINISHED_MIB)`,
  );
}
