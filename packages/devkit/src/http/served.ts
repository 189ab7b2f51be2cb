/** One request as one of its ends saw it. Times in ms since the epoch. */
export interface Served {
  readonly path: string;
  readonly start: number;
  /** Undefined while it is in flight. */
  end?: number;
}

/** Now in ms since the epoch, finer than a millisecond. */
export function epoch(): number {
  return performance.timeOrigin + performance.now();
}
