import type { Trend } from '@activescale/dashboard';

/** The length of the curves, in s. */
const SECONDS = 120;

/** Longer without a value, nothing is known. In ms. */
const GAP_MS = 3_000;

interface Point {
  /** In ms, by performance.now(). */
  readonly time: number;
  readonly value: number | undefined;
}

/** One value a second of the last two minutes. */
export interface SecondHistory {
  /** Keeps the value if the last one is a second old. */
  note(value: number | undefined, now: number): void;
  /** The known values. */
  trend(now: number): Trend;
  /** A value for each second, null where there is none. */
  values(now: number): (number | null)[];
}

export function createSecondHistory(): SecondHistory {
  let points: readonly Point[] = [];
  return {
    note(value, time) {
      if (time - (points.at(-1)?.time ?? Number.NEGATIVE_INFINITY) < 1_000) return;
      points = [...points.filter((each) => each.time > time - SECONDS * 1000), { time, value }];
    },
    trend(now) {
      const known = points.flatMap(({ time, value }) => (value === undefined ? [] : [{ time, value }]));
      return { at: known.map(({ time }) => (time - now) / 1000), active: known.map(({ value }) => value) };
    },
    values(now) {
      return historyTimes().map((at) => {
        const last = points.findLast(({ time }) => time <= now + at * 1000);
        const isKnown = last !== undefined && now + at * 1000 - last.time < GAP_MS;
        return (isKnown ? last.value : undefined) ?? null;
      });
    },
  };
}

/** Seconds before now of the values. */
export function historyTimes(): number[] {
  return Array.from({ length: SECONDS + 1 }, (_, i) => i - SECONDS);
}
