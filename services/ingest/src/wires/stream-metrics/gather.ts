import { PACE_MS } from '../../pace.ts';

export interface GatherOptions {
  /** ms of the process's monotonic clock. */
  readonly now: () => number;
}

/** A message that has arrived. */
export interface Arrived {
  /** Its size. */
  readonly bytes: number;
  /** When, in ms of the process's monotonic clock. */
  readonly at: number;
  /** False: it is delivered at the end of its turn of the event loop, with all others that wait. */
  readonly mayWait: boolean;
}

/** Where the messages of a stream wait. */
export interface Inbox {
  deliver(): void;
}

/** Lets messages of all streams gather, so that they are processed one after another. */
export interface Gather {
  /** Lets the inbox deliver the message soon. */
  add(inbox: Inbox, message: Arrived): void;
  /** Delivers the messages that wait, and lets none wait any more. */
  hurry(): void;
}

/** A batch of this size gains nothing from waiting, and memory is limited. In bytes. */
const ENOUGH_BYTES = 1024 * 1024;
/** Of the objects for one message. */
const MESSAGE_BYTES = 256;

/**
 * At once after a pause, else at the pace. Between messages that are processed one by one, the caches of the processor lose
 * the code (docs/benchmarks.md).
 */
export function createGather({ now }: GatherOptions): Gather {
  let waiting: Inbox[] = [];
  let bytes = 0;
  let deliveredAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let isImmediate = false;
  let isHurrying = false;

  const deliverAll = (): void => {
    clearTimeout(timer);
    timer = undefined;
    isImmediate = false;
    deliveredAt = now();
    const all = waiting;
    waiting = [];
    bytes = 0;
    for (const inbox of all) inbox.deliver();
  };

  return {
    add(inbox, message) {
      waiting.push(inbox);
      bytes += message.bytes + MESSAGE_BYTES;
      if (isImmediate) return;
      const mayWait = message.mayWait && !isHurrying && bytes < ENOUGH_BYTES;
      const pause = mayWait ? deliveredAt + PACE_MS - message.at : 0;
      if (pause > 0) timer ??= setTimeout(deliverAll, pause);
      else {
        isImmediate = true;
        setImmediate(deliverAll);
      }
    },
    hurry() {
      isHurrying = true;
      deliverAll();
    },
  };
}
