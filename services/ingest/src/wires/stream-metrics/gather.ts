export interface GatherOptions {
  /** ms of the process's monotonic clock. */
  readonly now: () => number;
}

/** Lets messages of all streams gather, so that they are processed one after another. */
export interface Gather {
  /**
   * Calls `deliver` soon.
   * @param bytes size of the message that `deliver` processes
   * @param at arrival of the message
   */
  add(deliver: () => void, bytes: number, at: number): void;
}

/**
 * Shortest time between two batches, in ms: the writer's own pace (PACE_MS in write-behind.ts), so that a batch is
 * processed just before it is written. At 2,000 messages of 13 KB a second, this saves a seventh of ingest's CPU
 * (docs/benchmarks.md): between messages that come one by one, the caches of the processor lose the code.
 */
const PACE_MS = 25;
/** A batch of this size gains nothing from waiting, and memory is limited. In bytes. */
const ENOUGH_BYTES = 512 * 1024;
/** Of the objects for one message. */
const MESSAGE_BYTES = 256;

/** At once after a pause, else at the pace. */
export function createGather({ now }: GatherOptions): Gather {
  let waiting: (() => void)[] = [];
  let bytes = 0;
  let deliveredAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let isImmediate = false;

  const deliverAll = (): void => {
    clearTimeout(timer);
    timer = undefined;
    isImmediate = false;
    deliveredAt = now();
    const all = waiting;
    waiting = [];
    bytes = 0;
    for (const deliver of all) deliver();
  };

  return {
    add(deliver, size, at) {
      waiting.push(deliver);
      bytes += size + MESSAGE_BYTES;
      if (isImmediate) return;
      const pause = bytes >= ENOUGH_BYTES ? 0 : deliveredAt + PACE_MS - at;
      if (pause > 0) timer ??= setTimeout(deliverAll, pause);
      else {
        isImmediate = true;
        setImmediate(deliverAll);
      }
    },
  };
}
