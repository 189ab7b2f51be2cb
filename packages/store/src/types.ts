import type { ValkeySettings } from '@activescale/runtime';

/** How to reach Valkey, and the store's other options. Files are read at every connection. */
export interface StoreOptions extends ValkeySettings {
  /** Prefix of every key. */
  readonly keyPrefix: string;
  /** The name in CLIENT LIST; no blanks. */
  readonly clientName: string;
  /** Time-out of a command, in ms. Default 1000. */
  readonly commandTimeout?: number;
  /** This process writes records, and so marks since when each server has kept them: see `Store.keptSince`. */
  readonly marksServers?: boolean;
  /**
   * Called for each change of state, with the problem when it goes down. The first call reports the first
   * state.
   */
  onState(state: StoreState, reason?: string): void;
}

export type StoreState = 'up' | 'down';

/** One record to store: of a pod, or of a destination under its `destinationRecordName`. */
export interface RecordWrite {
  readonly namespace: string;
  readonly name: string;
  readonly head: Buffer;
  readonly slots: Buffer;
  /** Arrival of the flush, ms by Valkey's clock. */
  readonly arrival: number;
  /** Remaining lifetime of the record, ms, > 0. */
  readonly expiry: number;
}

export interface WriteFailure {
  readonly namespace: string;
  readonly name: string;
  /** The command, the key and the server's error. */
  readonly reason: string;
}

export interface WriteReport {
  /** Records that were written completely. */
  readonly written: number;
  readonly failed: readonly WriteFailure[];
  /**
   * The head that each record replaced, in the order of the records; null if there was none, or it is unknown, or the record
   * is of demand, which only one source writes.
   */
  readonly replaced: readonly (Buffer | null)[];
  /** Why the index of a namespace was not trimmed: the command, the key and the server's error. */
  readonly untrimmed?: string;
}

/** Valkey's clock: TIME as an offset to performance.now(). Undefined until it was read once. */
export interface StoreClock {
  /** ms since the epoch. Monotonic, unless Valkey's clock was set back by more than a second. */
  now(): number | undefined;
  /** Valkey's time at a value of performance.now(), in the past or future. */
  at(monotonicMs: number): number | undefined;
}

/** Facts of a server from INFO. */
export interface ServerInfo {
  readonly version: string;
  readonly role: 'primary' | 'replica';
  /** In bytes; a maxMemory of 0 means no limit. */
  readonly usedMemory: number;
  readonly maxMemory: number;
  /** Its policy when memory is full: `noeviction`, `allkeys-lru` and others. */
  readonly evictionPolicy: string;
}

/** A command that the server refuses, because it is unknown or not permitted. */
export interface RefusedCommand {
  readonly command: string;
  /** The server's error. */
  readonly reason: string;
}

export interface ServerFacts {
  /** host:port */
  readonly address: string;
  /** undefined: INFO is refused. */
  readonly info: ServerInfo | undefined;
  /** Of the optional commands. */
  readonly refused: readonly RefusedCommand[];
}

/** Every method rejects with a StoreError; none waits for a server that is down. */
export interface Store {
  readonly state: StoreState;
  /** The first state, at the latest 3 s after the start: 'down' too if the store is closed before. Never rejects. */
  readonly firstState: Promise<StoreState>;
  readonly clock: StoreClock;
  /** Identifies the server for the writes of a namespace: a node in a Cluster, otherwise the only server. */
  shardOf(namespace: string): unknown;
  /** Writes all records in one batch (per node in a Cluster). Rejects if no server answered. */
  write(records: readonly RecordWrite[]): Promise<WriteReport>;
  /** The heads of `names` in order, null if there is none. One MGET. */
  heads(namespace: string, names: readonly string[]): Promise<(Buffer | null)[]>;
  /** The slots of `names`, likewise. */
  slots(namespace: string, names: readonly string[]): Promise<(Buffer | null)[]>;
  /**
   * Since when the server of a namespace has kept every record that was written to it, ms by Valkey's clock; undefined: it has
   * just lost its data, or nothing was ever written. It begins again when a server is empty, and when a process that writes
   * could not reach it: records that are missing from then on say nothing.
   */
  keptSince(namespace: string): Promise<number | undefined>;
  /** Stores a note for a pod, for the given number of ms. */
  note(namespace: string, name: string, text: string, expiryMs: number): Promise<void>;
  /** The notes of `names` in order, null if there is none. */
  notes(namespace: string, names: readonly string[]): Promise<(string | null)[]>;
  /** Names of the pods whose last record arrived at `sinceArrivalMs` or later, sorted. */
  pods(namespace: string, sinceArrivalMs: number): Promise<string[]>;
  /**
   * Names of the demand records of a namespace, likewise: one for each destination and source. `beginning` selects the names
   * that begin with it; the server filters them if it permits ZSCAN.
   */
  destinations(namespace: string, sinceArrivalMs: number, beginning?: string): Promise<string[]>;
  /** Of each primary. */
  servers(): Promise<readonly ServerFacts[]>;
  /** Ends the connection; calls in flight are rejected. Idempotent. */
  close(): Promise<void>;
}
