import { createHistory, type History } from './history.ts';

/** A pushed value is a flush and a query old. A larger difference than from the counts of this time, in ms, is an error. */
const DUE_MS = 2_500;
const KEEP_MS = 40_000;

/** How far values were from the counts of the applications. */
export interface Tally {
  /** Of the oldest value, in ms. */
  readonly age: number;
  /** The largest difference to every count of the last 2.5 s. */
  readonly error: number;
  /** The largest sum over the pods. */
  readonly peak: number;
}

type Counts = ReadonlyMap<string, number>;

/** Values that are said to be the counts of applications, against these counts. */
export interface Comparison {
  /** Often, so that no count is overlooked. */
  note(counts: Counts, now: number): void;
  /** @param scraped the values of the last scrape and their age in ms; the age of pushed values is derived from the counts */
  compare(pushed: Counts, scraped: { readonly values: Counts; readonly age: number }, now: number): void;
  /** Whether the application had this value at its last flush, or at the one before if that is on its way. */
  isRecent(pod: string, value: number, now: number): boolean;
  result(): { readonly peak: number; readonly pushed: Tally; readonly scraped: Tally };
}

const NOTHING: Tally = { age: 0, error: 0, peak: 0 };

export function createComparison(): Comparison {
  const histories = new Map<string, History>();
  let peak = 0;
  let pushed = NOTHING;
  let scraped = NOTHING;
  const historyOf = (pod: string) => {
    const known = histories.get(pod) ?? createHistory(KEEP_MS);
    histories.set(pod, known);
    return known;
  };
  const agesOf = (values: Counts, now: number) =>
    [...values].map(([pod, value]) => historyOf(pod).delay(value, now) ?? 0);
  const errorsOf = (values: Counts, now: number) =>
    [...values].map(([pod, value]) => historyOf(pod).error(value, now, DUE_MS));
  const extend = (tally: Tally, values: Counts, age: number, now: number): Tally => ({
    age: Math.max(tally.age, age),
    error: Math.max(tally.error, ...errorsOf(values, now)),
    peak: Math.max(tally.peak, sum(values)),
  });
  return {
    note(counts, now) {
      for (const [pod, count] of counts) historyOf(pod).note(count, now);
      peak = Math.max(peak, sum(counts));
    },
    compare(values, scrape, now) {
      pushed = extend(pushed, values, Math.max(0, ...agesOf(values, now)), now);
      scraped = extend(scraped, scrape.values, scrape.age, now);
    },
    isRecent: (pod, value, now) => historyOf(pod).error(value, now, DUE_MS) === 0,
    result: () => ({ peak, pushed, scraped }),
  };
}

function sum(values: Counts): number {
  return [...values.values()].reduce((total, value) => total + value, 0);
}
