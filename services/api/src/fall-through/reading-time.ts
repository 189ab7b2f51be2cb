import { BackendError } from './backend-error.ts';

/** Limits the time that the event loop spends on the answers of one backend. */
export interface ReadingTime {
  /** @throws what `read` throws, or a BackendError without reading, if earlier answers took too long */
  spend<T>(read: () => T): T;
}

/** At once, in ms; and of the time that passes. A list of 7,000 pods takes about 20 ms. */
const MAX_MS = 200;
const SHARE = 0.2;

/** @param now monotonic, in ms */
export function createReadingTime(now: () => number): ReadingTime {
  let spent = 0;
  let at = now();
  return {
    spend(read) {
      const start = now();
      spent = Math.max(0, spent - (start - at) * SHARE);
      at = start;
      if (spent >= MAX_MS) throw new BackendError('reading its answers takes too much time');
      try {
        return read();
      } finally {
        at = now();
        spent += at - start;
      }
    },
  };
}
