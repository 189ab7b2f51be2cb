/** How long this process did not read what had arrived: its event loop was blocked, it was suspended, or had no CPU. */
export interface Stalls {
  /**
   * The event loop has turned. Call it at an interval of `LOOK_MS`.
   * @returns how late this call is, in ms
   */
  turned(now: number): number;
  /** Longest time in ms for which what is read now may have waited to be read; 0: it has just arrived. */
  waitedAt(now: number): number;
}

/** Interval of the calls of `turned`, in ms. */
export const LOOK_MS = 50;
/** A shorter delay is a busy turn, in ms: no value is noticeably older for it. */
const MIN_STALL_MS = 500;

/** @param now ms of the process's monotonic clock */
export function createStalls(now: number): Stalls {
  let turnedAt = now;
  let endedAt = Number.NEGATIVE_INFINITY;
  let length = 0;

  /** Of what arrived in the stall before, a part is read as long afterwards as that stall lasted. */
  const left = (at: number): number => (at - endedAt <= length ? length + at - endedAt : 0);
  const delayOf = (at: number): number => Math.max(0, at - turnedAt - LOOK_MS);
  return {
    turned(at) {
      const delay = delayOf(at);
      if (delay >= MIN_STALL_MS) {
        length = left(turnedAt) + delay;
        endedAt = at;
      }
      turnedAt = at;
      return delay;
    },
    waitedAt(at) {
      const delay = delayOf(at);
      return delay >= MIN_STALL_MS ? left(turnedAt) + delay : left(at);
    },
  };
}
