import { EnvoyError, snapshotTime } from '@activescale/protocol/envoy';

export interface NewestFlushOptions {
  /** A flush has begun that the next message may be a part of. */
  isUnderWay(): boolean;
  /** Takes a message that arrived at `now`, in ms of the process's monotonic clock. */
  take(bytes: Buffer, now: number): void;
  /** Takes a message that was skipped for a newer flush. */
  skip(bytes: Buffer): void;
  /** The number of flushes, and of their messages, that were skipped for newer ones. */
  skipped(flushes: number, messages: number): void;
}

/** The messages of one stream that wait to be processed. */
export interface NewestFlush {
  put(bytes: Buffer, now: number): void;
  /** Delivers the waiting messages, if there are any. */
  flush(): void;
}

interface Message {
  readonly bytes: Buffer;
  readonly now: number;
}

/** Limits for the waiting messages of one stream. */
const MAX_MESSAGES = 64;
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * If ingest or the network is too slow, several flushes of a stream arrive at once: the newest is the one that counts, and the
 * others are skipped, or an old value would be served until the next batch. The oldest one is delivered too if it may complete
 * a flush that has begun, or names the stream's node. Nothing is skipped of an Envoy whose flushes follow each other so closely
 * that several wait for one batch.
 */
export function createNewestFlush(options: NewestFlushOptions): NewestFlush {
  return new Inbox(options);
}

class Inbox implements NewestFlush {
  readonly #options: NewestFlushOptions;
  #waiting: Message[] | undefined;
  #waitingBytes = 0;
  #isFirst = true;

  constructor(options: NewestFlushOptions) {
    this.#options = options;
  }

  put(bytes: Buffer, now: number): void {
    // Nearly always one: a push would make room for 17.
    if (this.#waiting === undefined) this.#waiting = [{ bytes, now }];
    else this.#waiting.push({ bytes, now });
    this.#waitingBytes += bytes.length;
    if (this.#waiting.length >= MAX_MESSAGES || this.#waitingBytes >= MAX_BYTES) this.flush();
  }

  flush(): void {
    const messages = this.#waiting;
    if (messages === undefined) return;
    this.#waiting = undefined;
    this.#waitingBytes = 0;
    const options = this.#options;
    const { kept, old, flushes } = split(messages, this.#isFirst || options.isUnderWay());
    this.#isFirst = false;
    for (const { bytes } of old) options.skip(bytes);
    if (old.length > 0) options.skipped(flushes, old.length);
    for (const { bytes, now } of kept) options.take(bytes, now);
  }
}

interface Split {
  readonly kept: readonly Message[];
  readonly old: readonly Message[];
  /** Number of flushes that `old` belongs to. */
  readonly flushes: number;
}

function split(messages: readonly Message[], keepsOldest: boolean): Split {
  const all = { kept: messages, old: [], flushes: 0 };
  if (messages.length < 3) return all;
  const times = messages.map(({ bytes }) => timeOf(bytes));
  // A message without a time is a separate flush, or none: its flush is unknown.
  if (times.includes(0)) return all;
  const [oldest, newest] = [times[0], times.at(-1)];
  if (!arrivedAtOnce(messages, [oldest, newest])) return all;
  const isKept = (time: number) => time === newest || (keepsOldest && time === oldest);
  return {
    kept: messages.filter((_, i) => isKept(times[i] as number)),
    old: messages.filter((_, i) => !isKept(times[i] as number)),
    flushes: new Set(times.filter((time) => !isKept(time))).size,
  };
}

/** Whether the messages arrived in less than half of the time in which Envoy took their snapshots. */
function arrivedAtOnce(messages: readonly Message[], [first = 0, last = 0]: readonly (number | undefined)[]) {
  const arrival = (messages.at(-1)?.now ?? 0) - (messages[0]?.now ?? 0);
  return arrival < (last - first) / 2;
}

/** A malformed message is delivered, and its handler ends the stream. */
function timeOf(bytes: Buffer): number {
  try {
    return snapshotTime(bytes);
  } catch (error) {
    if (error instanceof EnvoyError) return 0;
    throw error;
  }
}
