/** Time that may be spent on something: at most `burst` ms at once, and `rate` ms in each second. */
export interface TimeLimit {
  readonly burst: number;
  readonly rate: number;
}

export interface TimeBudget {
  /** Whether any is left. */
  has(now: number): boolean;
  spend(ms: number): void;
}

/** @param now ms of a monotonic clock */
export function createTimeBudget({ burst, rate }: TimeLimit, now: number): TimeBudget {
  let left = burst;
  let at = now;
  return {
    has(later) {
      left = Math.min(burst, left + ((later - at) * rate) / 1000);
      at = later;
      return left > 0;
    },
    spend(ms) {
      left -= ms;
    },
  };
}
