import { createFairQueue } from '@activescale/runtime';

/** Shares the event loop among the senders of requests. */
export interface Turns {
  /**
   * Calls `start` in the next turn of the event loop that has time left, the addresses in turn.
   * @returns cancels it: what a client has withdrawn by then costs nothing more
   */
  wait(address: string, start: () => void): () => void;
}

/** Of starting requests before the event loop reads and writes again, in ms. */
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
    // Continues after all that this one can do without waiting: promise callbacks run before the next tick.
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
