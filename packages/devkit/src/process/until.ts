import { setTimeout as sleep } from 'node:timers/promises';

interface UntilOptions {
  /** ms until it is given up. */
  deadline?: number;
  /** Interval of the checks, in ms. */
  every?: number;
  /** What is waited for; it ends the sentence "gave up after 30000 ms waiting for ...". */
  what: string;
  /** Ends the waiting with its reason. */
  signal?: AbortSignal;
}

/**
 * Looks again and again until `look` gives a value other than undefined, null and false, and gives that value.
 * @throws the deadline's error, with the last error that `look` threw as its cause
 */
export async function until<T>(
  look: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  options: UntilOptions,
): Promise<T> {
  const { deadline = 30_000, every = 20, what, signal } = options;
  const start = performance.now();
  let last: unknown;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const value = await look();
      if (value !== undefined && value !== null && value !== false) return value;
    } catch (error) {
      last = error;
    }
    if (performance.now() - start > deadline) {
      const reason = last instanceof Error ? `: ${last.message}` : '';
      throw new Error(`gave up after ${deadline} ms waiting for ${what}${reason}`, { cause: last });
    }
    await sleep(every);
  }
}
