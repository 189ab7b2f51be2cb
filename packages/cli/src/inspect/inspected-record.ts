import type { Head, PodRecord } from '@activescale/protocol/record';

/** A pod's record with where it lies. Times in ms since the epoch by Valkey's clock, ages in ms. */
export interface InspectedRecord {
  readonly namespace: string;
  readonly name: string;
  readonly keys: { readonly head: string; readonly slots: string };
  readonly bytes: number;
  readonly now: number;
  readonly age: number;
  /** It is further in the future than clocks differ: it is not used. */
  readonly ahead: boolean;
  readonly head: Head;
  readonly record: PodRecord;
  /** Another proxy that pushes for the pod and is ignored, as ingest noted it. */
  readonly ignored: string | undefined;
  /** Records of the same pod's name from other addresses, which only the cluster can tell apart. */
  readonly others: readonly string[];
}
