export interface Address {
  readonly host: string;
  readonly port: number;
}

/** How to speak TLS. Files in PEM. */
export interface TlsFiles {
  /** Authorities of the server's certificate; the public ones without. */
  readonly caFile?: string;
  /** What we show of ourselves. */
  readonly certFile?: string;
  readonly keyFile?: string;
  /** Takes any certificate of the server. */
  readonly insecure: boolean;
}

/** Where Valkey is and as whom we come. File names, not contents: the files are read again on every connect. */
export interface StoreOptions {
  /** The server; the Sentinels; or some nodes of the cluster. */
  readonly addresses: readonly Address[];
  readonly mode: 'standalone' | 'sentinel' | 'cluster';
  /** Needed with `mode: 'sentinel'`. */
  readonly sentinel?: SentinelOptions;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly tls?: TlsFiles;
  /** First part of every key. */
  readonly keyPrefix: string;
  /** What CLIENT LIST shows; no blanks. */
  readonly clientName: string;
  /** How long a command may take, in ms. Default 1000. */
  readonly commandTimeout?: number;
  /** Called once for each change of state, with what is wrong when it goes down. The first call tells the first state. */
  onState(state: StoreState, reason?: string): void;
}

/** How to ask the Sentinels. What is absent is as for the servers. */
export interface SentinelOptions {
  /** The name under which they watch the primary. */
  readonly name: string;
  readonly username?: string;
  readonly passwordFile?: string;
  /** false: plaintext, also where the servers speak TLS. */
  readonly tls?: TlsFiles | false;
}

export type StoreState = 'up' | 'down';

/** One pod's record as it is to stand in Valkey. */
export interface RecordWrite {
  readonly namespace: string;
  readonly name: string;
  readonly head: Buffer;
  readonly slots: Buffer;
  /** Arrival of the flush, ms by Valkey's clock. */
  readonly arrival: number;
  /** What is left of the record's life, ms, > 0. */
  readonly expiry: number;
}

export interface WriteFailure {
  readonly namespace: string;
  readonly name: string;
  /** The command, the key and the server's text. */
  readonly reason: string;
}

export interface WriteReport {
  /** Records of which everything has been written. */
  readonly written: number;
  readonly failed: readonly WriteFailure[];
  /** The head that each record has replaced, in the order of the records; null where there was none or it is not known. */
  readonly replaced: readonly (Buffer | null)[];
  /** Why the index of a namespace was not trimmed: the command, the key and the server's text. */
  readonly untrimmed?: string;
}

/** Valkey's clock as this process knows it: TIME, as an offset to performance.now(). Undefined until it was first read. */
export interface StoreClock {
  /** ms since the epoch. Does not run backwards unless Valkey's clock was set back by more than a second. */
  now(): number | undefined;
  /** Valkey's time at a reading of performance.now(), past or to come. */
  at(monotonicMs: number): number | undefined;
}

/** What a server says of itself, by INFO. */
export interface ServerInfo {
  readonly version: string;
  readonly role: 'primary' | 'replica';
  /** In bytes; a maxMemory of 0 is no limit. */
  readonly usedMemory: number;
  readonly maxMemory: number;
  /** What it does when the memory is full: `noeviction`, `allkeys-lru` and others. */
  readonly evictionPolicy: string;
}

/** A command that the server refuses, as it does not know it or this user lacks the right. */
export interface RefusedCommand {
  readonly command: string;
  /** The server's text. */
  readonly reason: string;
}

export interface ServerFacts {
  /** host:port */
  readonly address: string;
  /** undefined: INFO is refused. */
  readonly info: ServerInfo | undefined;
  /** Of the commands that the store can do without. */
  readonly refused: readonly RefusedCommand[];
}

/** Every method rejects with a StoreError; none waits for a server that is away. */
export interface Store {
  readonly state: StoreState;
  readonly clock: StoreClock;
  /** What takes the writes of a namespace, the same value for the same server: in Cluster a node, else all there is. */
  shardOf(namespace: string): unknown;
  /** Writes all records in one pipeline (one for each node in Cluster). Rejects when no server answered. */
  write(records: readonly RecordWrite[]): Promise<WriteReport>;
  /** The heads of `names` in their order, null where there is none. One MGET. */
  heads(namespace: string, names: readonly string[]): Promise<(Buffer | null)[]>;
  /** The same of the slots. */
  slots(namespace: string, names: readonly string[]): Promise<(Buffer | null)[]>;
  /** Keeps a note beside a pod's record, for so many ms. */
  note(namespace: string, name: string, text: string, expiryMs: number): Promise<void>;
  /** The notes of `names` in their order, null where there is none. */
  notes(namespace: string, names: readonly string[]): Promise<(string | null)[]>;
  /** Names of the pods whose last record arrived at `sinceArrivalMs` or later, sorted. */
  pods(namespace: string, sinceArrivalMs: number): Promise<string[]>;
  /** Of each primary. */
  servers(): Promise<readonly ServerFacts[]>;
  /** Ends the connection; calls in flight are rejected. Idempotent. */
  close(): Promise<void>;
}
