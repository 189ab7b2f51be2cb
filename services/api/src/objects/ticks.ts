/**
 * Times as whole ticks of 10 ms from about the start of the process. Within 248 days of it they are small integers,
 * which an object holds in place: a time in ms would cost 16 bytes more for each pod.
 */
const TICK_MS = 10;
const ORIGIN_MS = Math.floor(performance.timeOrigin / TICK_MS) * TICK_MS;

/** @param ms since the epoch, rounded up: a record from just before a pod was created stays older than it */
export function ticksOf(ms: number): number {
  return Math.ceil((ms - ORIGIN_MS) / TICK_MS);
}

/** ms since the epoch. */
export function timeOf(ticks: number): number {
  return ORIGIN_MS + ticks * TICK_MS;
}
