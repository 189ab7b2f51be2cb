/** Counts as a scrape would have them: read at an interval, and kept until the next one. */
export interface Scrape {
  /** Takes the counts if a scrape is due. */
  note(counts: ReadonlyMap<string, number>, now: number): void;
  values(): ReadonlyMap<string, number>;
  /** Since the last scrape, in ms. */
  age(now: number): number;
}

/** The first scrape is due at `start`. */
export function createScrape(intervalMs: number, start: number): Scrape {
  let values: ReadonlyMap<string, number> = new Map();
  let last = start - intervalMs;
  return {
    note(counts, now) {
      if (now - last < intervalMs) return;
      last += Math.floor((now - last) / intervalMs) * intervalMs;
      values = new Map(counts);
    },
    values: () => values,
    age: (now) => now - last,
  };
}
