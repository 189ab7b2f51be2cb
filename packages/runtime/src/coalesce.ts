import { setTimeout as delay } from 'node:timers/promises';

/** The work may take one part of the time in this many. */
const PARTS = 5;
const MAX_WAIT_MS = 1_000;

/**
 * Shares expensive work among callers, at a limited cost: it runs once at a time, and pauses for four times its
 * duration after a run. Callers that arrive meanwhile share the next run, which starts after their call.
 */
export function coalesce<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  let next: Promise<T> | undefined;
  let restsUntil = Number.NEGATIVE_INFINITY;
  const timed = async (): Promise<T> => {
    const begun = performance.now();
    try {
      return await work();
    } finally {
      const end = performance.now();
      restsUntil = end + Math.min(MAX_WAIT_MS, (PARTS - 1) * (end - begun));
    }
  };
  const turn = async (): Promise<T> => {
    await running?.catch(() => {}); // its own callers get that error
    const rest = restsUntil - performance.now();
    if (rest > 0) await delay(rest);
    next = undefined;
    running = timed();
    return running;
  };
  return () => {
    next ??= turn();
    return next;
  };
}
