import { Command, type Redis } from 'iovalkey';
import { isReplyError, StoreError, toStoreError } from './store-error.ts';

/**
 * Sends many commands as one write and counts their replies.
 *
 * Why not iovalkey's pipeline: it makes a Command and five promises for each command, about 12 µs of CPU; here
 * the whole batch is one Command whose bytes are all the commands' bytes, and which stands in the queue
 * once for each reply (`npm run bench:store` compares them). It uses only what iovalkey offers:
 * `Redis#sendCommand` with a subclass of Command.
 */
export function sendBatch(
  node: Redis,
  bytes: Buffer,
  replies: number,
  timeoutMs: number,
): Promise<ReadonlyMap<number, Error>> {
  return new Promise((resolve, reject) => {
    const refused = new Map<number, Error>();
    let answered = 0;
    const timer = setTimeout(() => {
      const error = new StoreError(
        'ERR_STORE_TIMEOUT',
        `no reply to ${replies} commands within ${timeoutMs} ms`,
      );
      // Nothing may pile up behind a reply that is late, and a dead peer is noticed only by us.
      node.stream.destroy(error);
      reject(error);
    }, timeoutMs);
    const settleOne = (error?: Error): void => {
      if (error !== undefined && !isReplyError(error)) {
        clearTimeout(timer);
        reject(toStoreError('write', error));
        return;
      }
      if (error !== undefined) refused.set(answered, error);
      answered += 1;
      if (answered < replies) return;
      clearTimeout(timer);
      resolve(refused);
    };
    const batch = new BatchCommand(bytes, settleOne);
    node.sendCommand(batch);
    for (let queued = 1; queued < replies; queued += 1) node.sendCommand(batch, QUEUE_ONLY);
  });
}

/** Stands in for the socket where a reply is to be awaited without writing anything. */
const QUEUE_ONLY = { write: () => true } as unknown as NonNullable<Parameters<Redis['sendCommand']>[1]>;

class BatchCommand extends Command {
  readonly #bytes: Buffer;

  constructor(bytes: Buffer, settleOne: (error?: Error) => void) {
    // The name only tells iovalkey that this is a write which a loading server must not get.
    super('set', []);
    this.#bytes = bytes;
    this.resolve = () => settleOne();
    this.reject = settleOne;
  }

  override toWritable(): Buffer {
    return this.#bytes;
  }

  /** The batch has one timer, not one for each reply. */
  override setTimeout(): void {}
}
