import { LimitError } from './limit-error.ts';

/** The state of one stream between messages. */
export interface StreamState {
  /** @throws LimitError if the stream's state was dropped because of the budget */
  check(): void;
  /**
   * Sets its size in bytes. If the budget is exceeded, this stream or another one loses its state.
   * @throws LimitError if it is this one
   */
  holds(bytes: number): void;
  close(): void;
}

/** The state of all streams together. */
export interface StateBudget {
  /** @param release drops the state: the stream ends at its next message */
  open(client: string, release: () => void): StreamState;
}

/** Over all streams, in bytes: a tenth of the container's limit. */
const MAX_BYTES = 128 * 1024 * 1024;
/** Bytes of each stream that do not count: nearly all streams need no more, and their number is limited. */
const FREE_BYTES = 16 * 1024;

interface Entry {
  readonly client: string;
  readonly release: () => void;
  bytes: number;
  isEvicted: boolean;
}

/** If the budget is exceeded, the largest stream of the heaviest client loses its state. */
export function createStateBudget(maxBytes = MAX_BYTES): StateBudget {
  const error = () =>
    new LimitError('ERR_LIMIT_STATE', `the scopes and names of all streams hold ${maxBytes} bytes`);
  const counted = new Set<Entry>();
  let total = 0;

  const set = (entry: Entry, bytes: number): void => {
    total += bytes - entry.bytes;
    entry.bytes = bytes;
    if (bytes === 0) counted.delete(entry);
    else counted.add(entry);
  };
  const evict = (entry: Entry): void => {
    set(entry, 0);
    entry.isEvicted = true;
    entry.release();
  };

  return {
    open(client, release) {
      const entry: Entry = { client, release, bytes: 0, isEvicted: false };
      return {
        check() {
          if (entry.isEvicted) throw error();
        },
        holds(bytes) {
          set(entry, Math.max(0, bytes - FREE_BYTES));
          while (total > maxBytes) evict(heaviest(counted));
          if (entry.isEvicted) throw error();
        },
        close: () => set(entry, 0),
      };
    },
  };
}

/** The largest stream of the heaviest client. */
function heaviest(entries: ReadonlySet<Entry>): Entry {
  const sums = new Map<string, number>();
  for (const { client, bytes } of entries) sums.set(client, (sums.get(client) ?? 0) + bytes);
  const [[client] = ['']] = [...sums].sort(([, a], [, b]) => b - a);
  return [...entries]
    .filter((entry) => entry.client === client)
    .reduce((a, b) => (b.bytes > a.bytes ? b : a));
}
