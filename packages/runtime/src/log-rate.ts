/** Lines of one kind that are logged at once, and then one more for each interval, in ms. */
const BURST = 10;
const INTERVAL_MS = 10_000;

interface Spent {
  /** When the last line was allowed. */
  at: number;
  left: number;
  suppressed: number;
}

/**
 * Decides whether a line of this kind may be logged: ten at once, then one every ten seconds, so that clients
 * cannot fill the log. Metrics count all events.
 * @returns the number of lines suppressed before this one; undefined: suppress this one too
 */
export function createLogRate(now: () => number): (kind: string) => number | undefined {
  const kinds = new Map<string, Spent>();
  return (kind) => {
    const at = now();
    const spent = kinds.get(kind) ?? { at, left: BURST, suppressed: 0 };
    kinds.set(kind, spent);
    const earned = Math.floor((at - spent.at) / INTERVAL_MS);
    spent.at += earned * INTERVAL_MS;
    spent.left = Math.min(BURST, spent.left + earned);
    if (spent.left === 0) {
      spent.suppressed++;
      return undefined;
    }
    const { suppressed } = spent;
    spent.left--;
    spent.suppressed = 0;
    return suppressed;
  };
}
