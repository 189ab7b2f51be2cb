import type { Interval } from '../evidence/interval.ts';

/** A pod with a number of workers and one queue, first in, first out. */
export interface QueuePod {
  readonly workers: number;
  /** The next service time, in ms. */
  readonly service: () => number;
  /** Whether a request that ends with this number in flight is an error; undefined: none is. */
  readonly fails?: ((inFlight: number) => boolean) | undefined;
}

/** Requests in a phase of `seconds`: held in flight by as many clients, or arriving at random. */
export type Phase = { readonly seconds: number } & (
  | { readonly clients: number }
  /** Requests per second, with exponential times in between. */
  | { readonly rate: number }
);

/** Envoy's default buckets, in ms (source/common/stats/histogram_impl.cc). */
const BOUNDS = [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000];

/** What a pod does in phases one after the other, an interval for each flush, by simulation. */
export function simulate(
  { workers, service, fails = () => false }: QueuePod,
  phases: readonly Phase[],
  { random, flush = 1_000, start = 0 }: { random: () => number; flush?: number; start?: number },
): Interval[] {
  const intervals: Interval[] = [];
  const waiting: number[] = []; // arrivals
  const busy: { arrival: number; end: number }[] = [];
  let [now, phaseEnd, nextFlush] = [0, 0, flush];
  let sums = emptySums();
  const inFlight = () => waiting.length + busy.length;
  const begin = () => {
    while (busy.length < workers && waiting.length > 0) {
      busy.push({ arrival: waiting.shift() as number, end: now + service() });
      busy.sort((a, b) => a.end - b.end);
    }
  };
  const advance = (to: number) => {
    sums.area += inFlight() * (to - now);
    now = to;
  };
  for (const phase of phases) {
    phaseEnd += phase.seconds * 1000;
    const gap = () => ('rate' in phase ? (-1000 / phase.rate) * Math.log(1 - random()) : Infinity);
    let nextArrival = now + gap();
    const refill = () => {
      if ('clients' in phase) while (inFlight() < phase.clients) waiting.push(now);
      begin();
    };
    refill();
    for (;;) {
      const next = Math.min(nextArrival, busy[0]?.end ?? Infinity, nextFlush, phaseEnd);
      advance(next);
      if (next === phaseEnd) break;
      if (next === nextFlush) {
        intervals.push({ end: start + now, length: flush, inFlight: sums.area / flush, ...sums.ended });
        sums = emptySums();
        nextFlush += flush;
      } else if (next === nextArrival) {
        waiting.push(now);
        nextArrival += gap();
      } else {
        if (fails(inFlight())) sums.ended.errors++;
        const { arrival } = busy.shift() as { arrival: number };
        count(sums.ended, now - arrival);
      }
      refill();
    }
  }
  return intervals;
}

function emptySums() {
  const counts = new Array<number>(BOUNDS.length + 1).fill(0);
  return {
    area: 0,
    ended: { timed: 0, durations: 0, completed: 0, errors: 0, buckets: [{ bounds: BOUNDS, counts }] },
  };
}

function count(ended: ReturnType<typeof emptySums>['ended'], duration: number): void {
  ended.timed++;
  ended.completed++;
  ended.durations += duration;
  const bucket = BOUNDS.findIndex((bound) => duration <= bound);
  const counts = ended.buckets[0]?.counts ?? [];
  const index = bucket === -1 ? BOUNDS.length : bucket;
  counts[index] = (counts[index] ?? 0) + 1;
}

export const fixed = (ms: number) => () => ms;
export const exponential = (mean: number, random: () => number) => () => -mean * Math.log(1 - random());
