import { LimitError } from '../wires/refusal.ts';

/** What one stream keeps from message to message. */
export interface StreamState {
  /** @throws LimitError when the stream has lost its state to the budget */
  check(): void;
  /**
   * Sets how much it is, in bytes. Where the budget is used up, this stream may have to go, or another one.
   * @throws LimitError when this one has to go
   */
  holds(bytes: number): void;
  close(): void;
}

/** The state of all streams together. */
export interface StateBudget {
  /** @param release lets go of the state: the stream ends at its next message */
  open(client: string, release: () => void): StreamState;
}

/** Over all streams, in bytes: a tenth of the container's limit. */
const MAX_BYTES = 128 * 1024 * 1024;
/** So many bytes of each stream are not counted: nearly all streams have no more, and their number is limited. */
const FREE_BYTES = 16 * 1024;

interface Entry {
  readonly client: string;
  readonly release: () => void;
  bytes: number;
  isEvicted: boolean;
}

/** Where the budget is used up, the largest stream of the client that holds most loses its state. */
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

/** The largest stream of the client that holds most. */
function heaviest(entries: ReadonlySet<Entry>): Entry {
  const sums = new Map<string, number>();
  for (const { client, bytes } of entries) sums.set(client, (sums.get(client) ?? 0) + bytes);
  const [[client] = ['']] = [...sums].sort(([, a], [, b]) => b - a);
  return [...entries]
    .filter((entry) => entry.client === client)
    .reduce((a, b) => (b.bytes > a.bytes ? b : a));
}
