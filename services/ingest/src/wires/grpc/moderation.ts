/** How long a pause is, in ms: a fraction of what a sample may wait for its pipeline (PACE_MS in write-behind.ts). */
const PAUSE_MS = 3;
/** Turns that come closer than this, in ms, would share their costs after a pause. */
const CLOSE_MS = PAUSE_MS + 2;
/** What has gathered by itself: a process that is behind reads as much a turn, and must not lose time. */
const ENOUGH_BYTES = 128 * 1024;

/**
 * No pause for so long, in ms, after so many streams were opened within as long. When all Envoys come at once, as after a
 * restart, each takes some turns, and the kernel resets connections that wait for too long to be accepted. The few a
 * second of which connections reach their age do not count.
 */
const OPENING_MS = 100;
const BURST = 10;

export interface ModerationOptions {
  /** A monotonic clock, in ms. */
  readonly now: () => number;
  /** Stops the process for a moment. */
  readonly pause: () => void;
}

export interface Moderation {
  /** A turn of the event loop has brought messages, and so many bytes. */
  turned(bytes: number): void;
  /** A stream was opened. */
  opened(): void;
}

/**
 * Lets messages gather that come one by one and fast, as a network card moderates its interrupts: each alone costs the
 * process a wake-up, and the processor's caches all that it had there of the last one (`npm run bench:ingest`: a tenth
 * of the CPU at 2,000 messages a second). Under some 200 a second there is no pause.
 */
export function createModeration({ now, pause }: ModerationOptions): Moderation {
  let last = Number.NEGATIVE_INFINITY;
  /** Since when streams that are opened are counted, how many were, and when a burst of them was last seen. */
  let countedSince = Number.NEGATIVE_INFINITY;
  let openings = 0;
  let burstAt = Number.NEGATIVE_INFINITY;
  return {
    turned(bytes) {
      const at = now();
      // After what the turn has put off until now, such as the write of its samples.
      if (at - last < CLOSE_MS && at - burstAt > OPENING_MS && bytes < ENOUGH_BYTES) setImmediate(pause);
      last = at;
    },
    opened() {
      const at = now();
      if (at - countedSince > OPENING_MS) {
        countedSince = at;
        openings = 0;
      }
      openings++;
      if (openings >= BURST) burstAt = at;
    },
  };
}

const cell = new Int32Array(new SharedArrayBuffer(4));

export function pause(): void {
  Atomics.wait(cell, 0, 0, PAUSE_MS);
}
