import type { Head, PodRecord } from '@activescale/protocol/record';
import type { FlushFacts } from './flush/flush-facts.ts';
import type { History } from './history/history.ts';

/** What a record is about: the pod of a stream, or a destination that it sends requests to. */
export interface Subject extends Pick<Head, 'proxy' | 'ipVerified' | 'filterShown' | 'template' | 'proxyId'> {
  readonly namespace: string;
  /** The name of its record: no other pod can write it if `ipVerified`. */
  readonly recordName: string;
  /** `<namespace>/<recordName>` */
  readonly key: string;
  /** The subject is a destination, not the pod of the stream. */
  readonly isDemand: boolean;
  /** The result of `encodeDescription`. */
  readonly description: Uint8Array;
  /** The IP address in the format of a head. */
  readonly address: Uint8Array;
  /** Flush interval in ms from the node's metadata; 0 unknown. */
  readonly flushInterval: number;
}

/** The part of a complete flush that is about one subject. */
export interface FlushSample {
  readonly subject: Subject;
  readonly facts: FlushFacts;
  /** Of the subject up to this flush. */
  readonly history: History;
  /** Receives the head that the write replaced, which another proxy of the pod may have written. */
  replaced(head: Buffer): void;
}

/** The stored record of a subject. */
export interface StoredRecord {
  readonly head: Head;
  readonly record: PodRecord;
  /** When its last flush arrived, in ms of our monotonic clock. */
  readonly arrival: number;
  /** The same proxy wrote the record, so its history continues. */
  readonly isOwn: boolean;
}

/** `unreadable`: something may be stored; undefined: nothing is. */
export type Stored = StoredRecord | 'unreadable' | undefined;
