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

/** If the budget is exceeded, the largest stream of the heaviest client loses its state. */
export function createStateBudget(maxBytes = MAX_BYTES): StateBudget {
  const sum = new Sum(maxBytes);
  return { open: (client, release) => new Entry(sum, client, release) };
}

/** The size of all streams. */
class Sum {
  readonly #maxBytes: number;
  readonly #counted = new Set<Entry>();
  #total = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  set(entry: Entry, bytes: number): void {
    this.#total += bytes - entry.bytes;
    entry.bytes = bytes;
    if (bytes === 0) this.#counted.delete(entry);
    else this.#counted.add(entry);
  }

  evictExcess(): void {
    while (this.#total > this.#maxBytes) heaviest(this.#counted).evict();
  }

  error(): LimitError {
    return new LimitError(
      'ERR_LIMIT_STATE',
      `the scopes and names of all streams hold ${this.#maxBytes} bytes`,
    );
  }
}

class Entry implements StreamState {
  readonly client: string;
  /** Only `Sum` writes it. */
  bytes = 0;
  readonly #sum: Sum;
  readonly #release: () => void;
  #isEvicted = false;

  constructor(sum: Sum, client: string, release: () => void) {
    this.client = client;
    this.#sum = sum;
    this.#release = release;
  }

  check(): void {
    if (this.#isEvicted) throw this.#sum.error();
  }

  holds(bytes: number): void {
    this.#sum.set(this, Math.max(0, bytes - FREE_BYTES));
    this.#sum.evictExcess();
    this.check();
  }

  close(): void {
    this.#sum.set(this, 0);
  }

  evict(): void {
    this.#sum.set(this, 0);
    this.#isEvicted = true;
    this.#release();
  }
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
