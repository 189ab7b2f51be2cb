/** The count of an application over the last seconds, against which a value is held. */
export interface History {
  note(count: number, now: number): void;
  /**
   * Since when the application no longer has about this count, in ms; undefined: it never had within the history. A
   * request that ends is replaced a moment later, so a count differs from the load by one or two.
   */
  delay(value: number, now: number): number | undefined;
  /** How far the value is from every count of the last `within` ms. */
  error(value: number, now: number, within: number): number;
}

const ABOUT = 2;

interface Point {
  readonly time: number;
  readonly count: number;
}

export function createHistory(keepMs: number): History {
  let points: readonly Point[] = [];
  return {
    note(count, now) {
      points = [...points.filter(({ time }) => time > now - keepMs), { time: now, count }];
    },
    delay(value, now) {
      const last = points.findLast((_, i) => distance(value, points, i) <= ABOUT);
      return last && (Math.abs(last.count - value) <= ABOUT ? 0 : now - last.time);
    },
    error(value, now, within) {
      const first = points.findLastIndex(({ time }) => time <= now - within);
      const recent = points.slice(Math.max(0, first));
      const distances = recent.map((_, i) => distance(value, recent, i));
      return distances.length === 0 ? 0 : Math.min(...distances);
    },
  };
}

/** Between two points an application may have had each count between them. */
function distance(value: number, points: readonly Point[], i: number): number {
  const counts = points.slice(Math.max(0, i - 1), i + 1).map(({ count }) => count);
  return Math.max(0, Math.min(...counts) - value, value - Math.max(...counts));
}
