import type { Peer } from '../../identity/peer-check.ts';
import type { Refusal } from '../refusal.ts';
import type { Status } from './status.ts';

/** A call, as its handler sees it. */
export interface ServerCall {
  readonly peer: Peer;
  /** `<address>:<port>`, for the log. */
  readonly name: string;
  /** A message of the given size was accepted. */
  accepted(bytes: number): void;
  /** Sends a message to the client. */
  send(message: Buffer): void;
  /** Ends the call with a status. Later calls do nothing. */
  end(status: Status, details?: string): void;
  /** Ends the call with the status of a refusal, or with INTERNAL for any other error. */
  fail(error: unknown): void;
  /** Returns the memory of a message that the handler does not need any more. */
  release(message: Buffer): void;
}

/** A service's handler of one call. */
export interface CallHandler {
  /**
   * Takes the next message. Its bytes are the handler's until it releases them.
   * @param now ms of the process's monotonic clock
   * @throws Refusal to end the call with its status
   */
  message(bytes: Buffer, now: number): void;
  /** The client sends no more. */
  halfClosed(): void;
  /** The connection closes: end the call, either as soon as no data can be lost, or now. */
  leave(when: 'soon' | 'now'): void;
  /** The call is over, however it ended. */
  closed(): void;
}

/** Methods that share their limits. */
export interface Service {
  /** Begins a call, by the method's path. */
  readonly methods: Readonly<Record<string, (call: ServerCall) => CallHandler>>;
  readonly maxMessageBytes: number;
  /** Calls open at once. */
  readonly maxCalls: number;
  /** The setting or service that `maxCalls` belongs to, for the error. */
  readonly limit: string;
}

/** The server's view of a call. */
export interface OpenCall {
  isOver(): boolean;
  refuse(refusal: Refusal): void;
  end(status: Status, details?: string): void;
  leave: CallHandler['leave'];
}
