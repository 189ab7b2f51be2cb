/** A limit that all streams share. */
export type Limit = 'streams' | 'memory';

export interface QuotaOptions<S> {
  readonly maxStreams: number;
  /** Bytes held for messages that are not whole, over all streams. */
  readonly maxBytes: number;
  /** Told of a stream that has to go. It is closed here already. */
  exceeded(stream: S, limit: Limit): void;
}

/** Who uses how much of the limits. */
export interface Quota<S> {
  /** @returns false when the stream cannot be had: it was told so */
  open(stream: S, address: string): boolean;
  /** Says how many bytes the stream holds now. It may have to go, or another one. */
  holds(stream: S, bytes: number): void;
  close(stream: S): void;
}

interface User<S> {
  bytes: number;
  /** Bytes held by each stream, in the order of their opening. */
  readonly streams: Map<S, number>;
}

/**
 * Limits that the one pays who uses most: when one is reached, the address with the largest share gives up its newest
 * stream, or the stream that holds most. So nobody who takes more than others can take from the others.
 */
export function createQuota<S>({ maxStreams, maxBytes, exceeded }: QuotaOptions<S>): Quota<S> {
  const users = new Map<string, User<S>>();
  const userOf = new Map<S, string>();
  let bytes = 0;

  const close = (stream: S): void => {
    const address = userOf.get(stream);
    const user = address === undefined ? undefined : users.get(address);
    if (address === undefined || user === undefined) return;
    const held = user.streams.get(stream) ?? 0;
    user.streams.delete(stream);
    user.bytes -= held;
    bytes -= held;
    userOf.delete(stream);
    if (user.streams.size === 0) users.delete(address);
  };
  const end = (stream: S, limit: Limit): void => {
    close(stream);
    exceeded(stream, limit);
  };
  const largest = (share: (user: User<S>) => number): User<S> | undefined => {
    let most: User<S> | undefined;
    for (const user of users.values()) if (most === undefined || share(user) > share(most)) most = user;
    return most;
  };

  return {
    open(stream, address) {
      let user = users.get(address);
      if (userOf.size >= maxStreams) {
        const most = largest(({ streams }) => streams.size);
        const [newest] = [...(most?.streams.keys() ?? [])].slice(-1);
        if (
          newest === undefined ||
          most === undefined ||
          (user?.streams.size ?? 0) + 1 >= most.streams.size
        ) {
          exceeded(stream, 'streams');
          return false;
        }
        end(newest, 'streams');
      }
      if (user === undefined) {
        user = { bytes: 0, streams: new Map() };
        users.set(address, user);
      }
      user.streams.set(stream, 0);
      userOf.set(stream, address);
      return true;
    },
    holds(stream, now) {
      const user = users.get(userOf.get(stream) ?? '');
      const before = user?.streams.get(stream);
      if (user === undefined || before === undefined || before === now) return;
      user.streams.set(stream, now);
      user.bytes += now - before;
      bytes += now - before;
      while (bytes > maxBytes) {
        const most = largest((each) => each.bytes);
        if (most === undefined) return;
        const [[heaviest]] = [...most.streams].sort(([, a], [, b]) => b - a) as [[S, number]];
        end(heaviest, 'memory');
      }
    },
    close,
  };
}
