import type { StoreClock } from './types.ts';

/** One reading of Valkey's TIME. All in ms; `sent` and `received` are readings of performance.now(). */
export interface ClockSample {
  readonly sent: number;
  readonly received: number;
  readonly serverTime: number;
}

/** A StoreClock that is updated by readings. */
export interface SampledClock extends StoreClock {
  sample(reading: ClockSample): void;
}

interface Estimate {
  /** Server time minus monotonic time. */
  readonly offset: number;
  /** Maximum error of `offset`: the reading was taken somewhere within the round trip. */
  readonly error: number;
  /** Monotonic time of the reading. */
  readonly at: number;
}

/** Maximum relative drift of two quartz clocks: 100 ppm. */
const DRIFT = 100e-6;
/** If now() is ahead by more than this, in ms, the server's clock was set back. */
const STEP = 1_000;

/**
 * Keeps the reading with the tightest bound on the offset: a quick round trip, until drift makes it worse than
 * a newer one (Cristian's algorithm). A reading that contradicts it means that the server's clock was set, or
 * that another server answers: then the new one counts.
 */
export function createClock(monotonic: () => number): SampledClock {
  let best: Estimate | undefined;
  let last = Number.NEGATIVE_INFINITY;

  const at = (time: number): number | undefined => (best === undefined ? undefined : best.offset + time);

  return {
    at,
    now() {
      const estimate = at(monotonic());
      if (estimate === undefined) return undefined;
      last = estimate < last - STEP ? estimate : Math.max(last, estimate);
      return last;
    },
    sample({ sent, received, serverTime }) {
      const reading: Estimate = {
        offset: serverTime - (sent + received) / 2,
        error: (received - sent) / 2,
        at: received,
      };
      if (best === undefined || contradict(best, reading) || reading.error <= errorAt(best, received))
        best = reading;
    },
  };
}

function errorAt(estimate: Estimate, time: number): number {
  return estimate.error + (time - estimate.at) * DRIFT;
}

function contradict(old: Estimate, reading: Estimate): boolean {
  // TIME and the monotonic clock are truncated to microseconds: allow one tick for each.
  return Math.abs(old.offset - reading.offset) > errorAt(old, reading.at) + reading.error + 0.01;
}
