/** When the messages of a stream arrived. */
export interface Arrivals {
  /**
   * @param timestamp of the message's flush, in ms by Envoy's clock; 0: unknown
   * @param now when the message was read, in ms of the process's monotonic clock
   */
  of(timestamp: number, now: number): number;
}

/**
 * A message arrives when it is read, unless this process could not read for a while: then the flushes of that time are read
 * one after another, and Envoy's clock shows how old each is.
 * @param waitedAt longest time in ms for which what is read now may have waited; 0: it has just arrived
 */
export function createArrivals(waitedAt: (now: number) => number): Arrivals {
  return new ArrivalTimes(waitedAt);
}

class ArrivalTimes implements Arrivals {
  readonly #waitedAt: (now: number) => number;
  /** Our clock minus Envoy's, at the last message that had not waited. */
  #offset: number | undefined;

  constructor(waitedAt: (now: number) => number) {
    this.#waitedAt = waitedAt;
  }

  of(timestamp: number, now: number): number {
    const waited = this.#waitedAt(now);
    if (timestamp === 0) return now;
    if (waited === 0) this.#offset = now - timestamp;
    if (waited === 0 || this.#offset === undefined) return now;
    // Even if Envoy's clock was set meanwhile, the message arrived within that time.
    return Math.min(now, Math.max(timestamp + this.#offset, now - waited));
  }
}
