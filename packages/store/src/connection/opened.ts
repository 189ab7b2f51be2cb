import type { Cluster, Redis } from 'iovalkey';

/** What each mode implements for itself. */
export interface Opened {
  /** For commands that iovalkey may route, and repeat at another node of a cluster. */
  readonly client: Redis | Cluster;
  /** The primary that holds `key`; undefined while a cluster's map shows none. */
  nodeOf(key: string): Redis | undefined;
  /** All primaries. */
  primaries(): readonly Redis[];
  /** Reads the map of a cluster again, when a node has turned out to be the wrong one. */
  refresh(): void;
  /** The server is usable: should the connection end, the pauses between attempts are short again. */
  proved(): void;
  close(): void;
}

/** What a mode reports. */
export interface ConnectionEvents {
  /** Not connected. Without a reason it is the last error. Comes again for every attempt that fails. */
  lost(reason?: string): void;
  /** A file of the Sentinels' credentials cannot be read, or can again. */
  onFileProblem(problem: string | undefined): void;
}
