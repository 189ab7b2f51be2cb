import type { FlushSample } from '../subject.ts';

/** Samples that cannot be written yet: the newest of each subject. */
export interface Waiting {
  readonly size: number;
  put(sample: FlushSample): void;
  /** A newer sample of this subject is in a batch. */
  remove(key: string): void;
  /** A batch was not written: its samples wait again. A waiting sample of the same subject is newer. */
  putBack(samples: readonly FlushSample[]): void;
  /** Removes the samples that `take` accepts and those that have expired; returns the number of the latter. */
  look(hasExpired: (sample: FlushSample) => boolean, take: (sample: FlushSample) => boolean): number;
}

export function createWaiting(): Waiting {
  // A new Map each time: V8 keeps the old table of a long-lived Map, and with it everything that it ever
  // contained, until a full collection.
  let samples = new Map<string, FlushSample>();

  return {
    get size() {
      return samples.size;
    },
    put(sample) {
      samples.set(sample.subject.key, sample);
    },
    remove(key) {
      if (samples.size > 0) samples.delete(key);
    },
    putBack(unwritten) {
      for (const sample of unwritten.toReversed())
        if (!samples.has(sample.subject.key)) samples.set(sample.subject.key, sample);
    },
    look(hasExpired, take) {
      if (samples.size === 0) return 0;
      const left = new Map<string, FlushSample>();
      let expired = 0;
      for (const [key, sample] of samples) {
        if (hasExpired(sample)) expired++;
        else if (!take(sample)) left.set(key, sample);
      }
      samples = left;
      return expired;
    },
  };
}
