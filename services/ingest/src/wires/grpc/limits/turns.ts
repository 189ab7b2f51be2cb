import { createFairQueue } from '@activescale/runtime';

/** A stream that shares the event loop with others. */
export interface Sharer {
  readonly address: string;
  /** Its last turn, and its messages in that turn. Only `Turns` writes them. */
  turn: number;
  messages: number;
  /** It may continue. */
  resume(): void;
}

/** Shares the event loop among streams. */
export interface Turns {
  /**
   * Counts a message.
   * @param now ms of the process's monotonic clock
   * @returns false if the stream has had its share of this turn: deliver no more of it, and call `wait`
   */
  count(sharer: Sharer, now: number): boolean;
  /** Resumes the stream at once, or in one of the next turns if this one has been long. */
  start(sharer: Sharer): void;
  /** Resumes the stream in one of the next turns. */
  wait(sharer: Sharer): void;
  /** Removes the stream from the queue. */
  cancel(sharer: Sharer): void;
}

/** Of one stream in one turn of the event loop. A flush is one message, unless Envoy's sink has a `batch_size`. */
const MAX_MESSAGES = 64;
/** Of all streams, in ms. After this time, each stream may deliver only one message in the same turn. */
const MAX_TURN_MS = 20;

/** @param clock ms of the process's monotonic clock */
export function createTurns(clock: () => number): Turns {
  const waiting = createFairQueue<Sharer>();
  let turn = 0;
  let begun = 0;
  let isActive = false;

  const begin = (now: number): void => {
    isActive = true;
    turn++;
    begun = now;
    setImmediate(end);
  };
  const end = (): void => {
    isActive = false;
    for (let next = waiting.take(); next !== undefined; next = waiting.take()) {
      const now = clock();
      if (!isActive) begin(now);
      next.resume();
      if (now - begun > MAX_TURN_MS) return;
    }
  };

  const wait = (sharer: Sharer): void => {
    waiting.add(sharer.address, sharer);
    if (!isActive) begin(clock());
  };

  return {
    count(sharer, now) {
      // A turn is only followed once a stream has a second message since the last one: most turns bring one message.
      if (!isActive && sharer.turn === turn) begin(now);
      if (sharer.turn !== turn) {
        sharer.turn = turn;
        sharer.messages = 0;
      }
      sharer.messages++;
      if (sharer.messages === 1) return true;
      return sharer.messages < MAX_MESSAGES && now - begun <= MAX_TURN_MS;
    },
    start(sharer) {
      const now = clock();
      if (!isActive) begin(now);
      if (now - begun > MAX_TURN_MS) wait(sharer);
      else sharer.resume();
    },
    wait,
    cancel(sharer) {
      waiting.delete(sharer.address, sharer);
    },
  };
}
