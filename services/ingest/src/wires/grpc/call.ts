import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { LimitError } from '../../limit-error.ts';
import { GrpcError, isRefusal, REFUSALS, type Refusal } from '../refusal.ts';
import { answer, sendMessage } from './answer.ts';
import { type Connection, widen } from './connection.ts';
import { checkEncoding, timeoutOf } from './headers.ts';
import { type InboundOptions, receive } from './inbound.ts';
import type { Holder } from './limits/memory-budget.ts';
import type { Patience } from './limits/patience.ts';
import type { CallHandler, OpenCall, ServerCall, Service } from './service.ts';
import { STATUS, type Status } from './status.ts';

export interface CallEvents {
  /** A call ended because it broke a rule or reached a limit. */
  refused(peer: string, refusal: Refusal): void;
  /** A call ended because of a fault of this process. */
  failed(peer: string, error: unknown): void;
}

/** Shared by all calls. */
export interface CallContext extends Pick<InboundOptions, 'pool' | 'unpacker' | 'budget' | 'turns' | 'now'> {
  readonly maxUnfinishedBytes: number;
  readonly patience: Patience;
  readonly events: CallEvents;
}

export interface CallOptions {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly connection: Connection;
  readonly service: Service;
  readonly begin: (call: ServerCall) => CallHandler;
  readonly context: CallContext;
  /** Data has arrived. */
  onData(bytes: number): void;
  /** The call is over, however it ended. */
  onOver(call: OpenCall): void;
}

const MAX_TIMER_MS = 2 ** 31 - 1;

/** Serves one call: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
export function openCall(options: CallOptions): OpenCall {
  const { stream, headers, connection, service, begin, context } = options;
  const { events, patience } = context;
  const { name } = connection;
  let isOver = false;
  let deadline: NodeJS.Timeout | undefined;
  /** Undefined while the call begins, and if that has ended it. */
  let handler: CallHandler | undefined;

  const finish = (): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(deadline);
    inbound.close();
    options.onOver(open);
    handler?.closed();
  };
  const end = (status: Status, details = ''): void => {
    if (isOver) return;
    finish();
    answer(stream, status, details, patience.linger);
  };
  const refuse = (refusal: Refusal): void => {
    if (isOver) return;
    events.refused(name, refusal);
    end(REFUSALS[refusal.code].status, refusal.message);
  };
  const fail = (error: unknown): void => {
    if (isOver) return;
    if (isRefusal(error)) refuse(error);
    else {
      events.failed(name, error);
      end(STATUS.INTERNAL, 'internal error');
    }
  };
  const holder: Holder = {
    address: connection.group,
    evict: (reason) => refuse(evicted(reason, context)),
  };
  const inbound = receive(stream, {
    ...context,
    holder,
    encoding: headers['grpc-encoding'] as string | undefined,
    maxMessageBytes: service.maxMessageBytes,
    arrived: options.onData,
    message: (bytes, now) => handler?.message(bytes, now),
    halfClosed: () => handler?.halfClosed(),
    failed: fail,
  });
  const open: OpenCall = {
    isOver: () => isOver,
    refuse,
    end,
    leave: (when) => handler?.leave(when),
  };
  handler = begin({
    peer: connection.peer,
    name,
    end,
    fail,
    accepted(bytes) {
      connection.hasPushed = true;
      widen(connection, bytes);
    },
    release: (bytes) => context.pool.give(bytes),
    send(message) {
      if (!isOver) sendMessage(stream, message);
    },
  });
  stream.on('close', finish);
  stream.on('error', finish);
  try {
    checkEncoding(headers);
    const timeout = timeoutOf(headers);
    if (timeout !== undefined && !isOver) deadline = startDeadline(timeout, headers, refuse);
  } catch (error) {
    fail(error);
  }
  return open;
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

/** Refuses the call once its `grpc-timeout` is over. */
function startDeadline(
  ms: number,
  { 'grpc-timeout': timeout }: IncomingHttpHeaders,
  refuse: (error: GrpcError) => void,
): NodeJS.Timeout | undefined {
  if (ms > MAX_TIMER_MS) return undefined;
  const error = () => new GrpcError('ERR_GRPC_DEADLINE', `the call took longer than its timeout, ${timeout}`);
  return setTimeout(() => refuse(error()), ms).unref();
}
