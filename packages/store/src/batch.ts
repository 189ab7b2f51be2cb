import { Command, type Redis } from 'iovalkey';
import { isReplyError, StoreError, toStoreError } from './store-error.ts';

/**
 * Sends many commands as one write and collects their replies.
 *
 * Why not iovalkey's pipeline: it makes a Command and five promises for each command, about 12 µs of CPU; here
 * the whole batch is one Command whose bytes are all the commands' bytes, and which stands in the queue
 * once for each reply (`npm run bench:store` compares them: 7.6 µs a record in a batch of ten instead of 32.6). It relies on
 * `Redis#sendCommand`, `Redis#stream` and a subclass of Command, which iovalkey exports without documenting them: this file
 * is the only one that does, and the tests of the store run it against a real server.
 */
export function sendBatch(
  node: Redis,
  bytes: Buffer,
  replies: number,
  timeoutMs: number,
): Promise<BatchReplies> {
  return new Promise((resolve, reject) => {
    const refused = new Map<number, Error>();
    const values: unknown[] = [];
    const timer = setTimeout(() => {
      const error = new StoreError(
        'ERR_STORE_TIMEOUT',
        `no reply to ${replies} commands within ${timeoutMs} ms`,
      );
      // Nothing may pile up behind a reply that is late, and a dead peer is noticed only by us.
      node.stream.destroy(error);
      reject(error);
    }, timeoutMs);
    const settle = (value: unknown): void => {
      values.push(value);
      if (values.length < replies) return;
      clearTimeout(timer);
      resolve({ values, refused });
    };
    const refuse = (error: Error): void => {
      if (isReplyError(error)) {
        refused.set(values.length, error);
        settle(null);
        return;
      }
      clearTimeout(timer);
      reject(toStoreError('write', error));
    };
    const batch = new BatchCommand(bytes, settle, refuse);
    node.sendCommand(batch);
    for (let queued = 1; queued < replies; queued += 1) node.sendCommand(batch, QUEUE_ONLY);
  });
}

/** What a server answered to each command of a batch, in order. */
export interface BatchReplies {
  /** Buffers for texts; null for those that were refused. */
  readonly values: readonly unknown[];
  /** By the number of the command. */
  readonly refused: ReadonlyMap<number, Error>;
}

/** Stands in for the socket where a reply is to be awaited without writing anything. */
const QUEUE_ONLY = { write: () => true } as unknown as NonNullable<Parameters<Redis['sendCommand']>[1]>;

class BatchCommand extends Command {
  readonly #bytes: Buffer;

  constructor(bytes: Buffer, settle: (value: unknown) => void, refuse: (error: Error) => void) {
    // The name only tells iovalkey that this is a write which a loading server must not get.
    super('set', []);
    this.#bytes = bytes;
    this.resolve = settle;
    this.reject = refuse;
  }

  override toWritable(): Buffer {
    return this.#bytes;
  }

  /** The batch has one timer, not one for each reply. */
  override setTimeout(): void {}
}
