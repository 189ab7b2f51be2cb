import { createFairQueue } from './fair-queue.ts';

/** Divides the event loop among the senders of requests or handshakes. */
export interface Turns {
  /**
   * Calls `start` in the next turn of the event loop with time left; the addresses take turns.
   * @returns cancels the call: what was cancelled by then costs nothing
   */
  wait(address: string, start: () => void): () => void;
}

/** Time for calls before the event loop reads and writes again, in ms. */
const MAX_TURN_MS = 10;

/** @param clock monotonic, in ms */
export function createTurns(clock: () => number): Turns {
  const waiting = createFairQueue<() => void>();
  let begun = 0;
  let isActive = false;

  const begin = (): void => {
    begun = clock();
    startNext();
  };
  const startNext = (): void => {
    const start = waiting.take();
    isActive = start !== undefined;
    if (start === undefined) return;
    start();
    // Continues after everything that this request can do without waiting: promise callbacks run before the
    // next tick.
    queueMicrotask(() => process.nextTick(goOn));
  };
  const goOn = (): void => {
    if (clock() - begun < MAX_TURN_MS) startNext();
    else setImmediate(begin);
  };

  return {
    wait(address, start) {
      waiting.add(address, start);
      if (!isActive) setImmediate(begin);
      isActive = true;
      return () => void waiting.delete(address, start);
    },
  };
}
