import type { Head, PodRecord } from '@activescale/protocol/record';
import type { RecordKeys } from './record-keys.ts';

/** A pod's record and its keys. Times in ms since the epoch by Valkey's clock, ages in ms. */
export interface InspectedRecord {
  readonly namespace: string;
  readonly name: string;
  /** undefined: they came through api. */
  readonly keys: RecordKeys | undefined;
  readonly bytes: number;
  readonly now: number;
  readonly age: number;
  /** It is further in the future than clocks differ, and not used. */
  readonly ahead: boolean;
  readonly head: Head;
  readonly record: PodRecord;
  /** Another proxy that pushes for the pod and is ignored, from ingest's note. */
  readonly ignored: string | undefined;
  /** Records of the same pod name from other addresses, which only the cluster can distinguish. */
  readonly others: readonly string[];
}
