import { EnvoyError, snapshotTime } from '@activescale/protocol/envoy';

/** A message as it came. */
export interface Arrived {
  readonly bytes: Buffer;
  /** In ms of the process's monotonic clock. */
  readonly at: number;
}

export interface InboxEvents<S> {
  deliver(stream: S, bytes: Buffer, at: number): void;
  /** So many flushes, in so many messages, were left out for a newer one of the same stream. */
  skipped(flushes: number, messages: number): void;
  /** So many bytes have come for one turn. */
  turned(bytes: number): void;
}

/** What the inbox keeps at each stream, where it is found without a look through all. */
export interface Receiver {
  /** Messages that wait for their turn; undefined: none. */
  arrived?: Arrived[] | undefined;
}

/** Messages that wait for their turn. */
export interface Inbox<S> {
  put(stream: S, bytes: Buffer, at: number): void;
  /** Delivers what waits of one stream, as it is about to end. */
  flush(stream: S): void;
  /** Forgets what waits of one stream. */
  drop(stream: S): void;
}

/**
 * Takes all that one turn of the event loop brings before it works on any of it. Where this process keeps up, that
 * is at most one flush a stream. Where it does not, flushes of a stream come together, and those between the oldest
 * and the newest are left out: the oldest may go on with one that has begun, the newest is what counts.
 */
export function createInbox<S extends Receiver>({ deliver, skipped, turned }: InboxEvents<S>): Inbox<S> {
  let receivers: S[] = [];
  let bytesOfTurn = 0;
  let scheduled = false;

  const deliverAll = (stream: S): void => {
    const { arrived } = stream;
    if (arrived === undefined) return;
    stream.arrived = undefined;
    for (const { bytes, at } of chosen(arrived, skipped)) deliver(stream, bytes, at);
  };
  const turn = (): void => {
    scheduled = false;
    const all = receivers;
    receivers = [];
    for (const stream of all) deliverAll(stream);
    turned(bytesOfTurn);
    bytesOfTurn = 0;
  };

  return {
    put(stream, bytes, at) {
      bytesOfTurn += bytes.length;
      if (stream.arrived === undefined) {
        stream.arrived = [{ bytes, at }];
        receivers.push(stream);
      } else stream.arrived.push({ bytes, at });
      if (scheduled) return;
      scheduled = true;
      setImmediate(turn);
    },
    flush: deliverAll,
    drop(stream) {
      stream.arrived = undefined;
    },
  };
}

function chosen(messages: readonly Arrived[], skipped: InboxEvents<never>['skipped']): readonly Arrived[] {
  if (messages.length < 3) return messages;
  const times = messages.map(({ bytes }) => timeOf(bytes));
  // A message without a time is a flush of its own, or none at all: what it belongs to cannot be told.
  if (times.includes(0)) return messages;
  const ends = [times[0], times.at(-1)];
  const kept = messages.filter((_, i) => ends.includes(times[i]));
  const left = new Set(times.filter((time) => !ends.includes(time)));
  if (left.size > 0) skipped(left.size, messages.length - kept.length);
  return kept;
}

/** What is malformed is delivered, and there ends its stream. */
function timeOf(bytes: Buffer): number {
  try {
    return snapshotTime(bytes);
  } catch (error) {
    if (error instanceof EnvoyError) return 0;
    throw error;
  }
}
