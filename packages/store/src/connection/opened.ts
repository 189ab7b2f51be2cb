import type { Cluster, Redis } from 'iovalkey';

/** Implemented by each mode. */
export interface Opened {
  /** For commands that iovalkey may route, and repeat at another node of a cluster. */
  readonly client: Redis | Cluster;
  /** The primary with the hash slot of `key`; undefined while a cluster's map shows none. */
  nodeOf(key: string): Redis | undefined;
  /** All primaries. */
  primaries(): readonly Redis[];
  /** Reloads the map of a cluster after a redirection. */
  refresh(): void;
  /** The server is usable: after the next disconnection, the pauses between attempts are short again. */
  proved(): void;
  close(): void;
}

/** Events of a mode. */
export interface ConnectionEvents {
  /** Not connected. Without a reason it is the last error. Repeated for every failed attempt. */
  lost(reason?: string): void;
  /** A file of the Sentinels' credentials cannot be read, or can be read again. */
  onFileProblem(problem: string | undefined): void;
}
