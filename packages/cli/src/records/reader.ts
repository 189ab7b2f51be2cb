import { type Store, type StoreClock, StoreError } from '@activescale/store';

/**
 * Reads records, from Valkey or through api. Each method rejects with a StoreError or a NoRecordsError. A Store is one too.
 */
export interface RecordReader
  extends Pick<Store, 'slots' | 'notes' | 'destinations' | 'keptSince' | 'close'> {
  /** Of the last read. */
  readonly clock: Pick<StoreClock, 'now'>;
  /** @param name the names of only this pod's records are needed, and others may be missing; undefined: all are */
  pods(namespace: string, sinceArrivalMs: number, name?: string): Promise<string[]>;
}

/** The records cannot be read. */
export class NoRecordsError extends Error {
  override readonly name = 'NoRecordsError';
  readonly code = 'ERR_NO_RECORDS';
  /** Without the source. */
  readonly reason: string;
  /** A later attempt may succeed without a change. */
  readonly isTemporary: boolean;

  constructor(source: string, reason: string, { isTemporary, ...options }: NoRecordsOptions) {
    super(`${source}: ${reason}`, options);
    this.reason = reason;
    this.isTemporary = isTemporary;
  }
}

interface NoRecordsOptions extends ErrorOptions {
  readonly isTemporary: boolean;
}

/** Whether a later read may succeed after this error of a read. */
export function isTemporary(error: unknown): boolean {
  return error instanceof NoRecordsError ? error.isTemporary : error instanceof StoreError;
}
