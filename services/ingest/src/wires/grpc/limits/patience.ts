/** Time limits for clients, in ms. All are checked once a `tick`. */
export interface Patience {
  readonly tick: number;
  /** From the connection to its TLS handshake and HTTP/2 preface. */
  readonly handshake: number;
  /** A connection without a call. An Envoy always has its stream. */
  readonly idle: number;
  /** One of many connections without a call, from the same address. */
  readonly spare: number;
  /** A connection that receives nothing, before it gets a PING. */
  readonly silence: number;
  /** From a PING to its answer: a half-open connection is found within `silence` + `pong`. */
  readonly pong: number;
  /** From GOAWAY to the end of the last call of a connection. */
  readonly leave: number;
  /** From an answer to the end of the client's side of the call. */
  readonly linger: number;
  /** From the first byte of a message to its last. */
  readonly message: number;
  /** The same while memory is short. */
  readonly overdue: number;
}

export const PATIENCE: Patience = {
  tick: 1_000,
  handshake: 10_000,
  idle: 60_000,
  spare: 5_000,
  silence: 60_000,
  pong: 20_000,
  leave: 30_000,
  linger: 5_000,
  message: 30_000,
  overdue: 10_000,
};
