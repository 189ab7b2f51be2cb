/** What honest clients saw for a while. */
export interface Phase {
  /** The longest wait, in ms, including what was still waited for at the end. */
  readonly worst: number;
  readonly count: number;
  readonly failed: number;
  /** The first failures. */
  readonly failures: readonly string[];
}

/** One wait of an honest client; call one of both when it is over. */
export interface Wait {
  done(): void;
  failed(why: string): void;
}

export interface Meter {
  begin(): Wait;
  /** Ends a phase and begins the next one. */
  take(): Phase;
}

const FAILURES_SHOWN = 3;

export function createMeter(now: () => number): Meter {
  const waiting = new Set<{ readonly since: number }>();
  let worst = 0;
  let count = 0;
  let failed = 0;
  let failures: string[] = [];
  return {
    begin() {
      const wait = { since: now() };
      waiting.add(wait);
      const end = () => {
        waiting.delete(wait);
        worst = Math.max(worst, now() - wait.since);
        count += 1;
      };
      return {
        done: end,
        failed(why) {
          end();
          failed += 1;
          if (failures.length < FAILURES_SHOWN) failures.push(why);
        },
      };
    },
    take() {
      for (const { since } of waiting) worst = Math.max(worst, now() - since);
      const phase = { worst, count, failed, failures };
      worst = 0;
      count = 0;
      failed = 0;
      failures = [];
      return phase;
    },
  };
}

/** Prints {"phase":1,"worst":...} at each SIGUSR2: what a meter measured since the last one. */
export function printPhases(meter: Meter): void {
  let phase = 0;
  process.on('SIGUSR2', () => {
    phase += 1;
    process.stdout.write(`${JSON.stringify({ phase, ...meter.take() })}\n`);
  });
}
