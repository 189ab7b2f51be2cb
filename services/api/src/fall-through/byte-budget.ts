import { tooManyRequests } from '@activescale/protocol/kubernetes';
import { StatusError } from '../http/status-error.ts';

/** What one answer takes of a budget. */
export interface ByteAccount {
  /** @throws StatusError 429 if all answers together would exceed the budget */
  take(bytes: number): void;
  /** Gives everything back; nothing can be taken any more. */
  close(): void;
}

/** Limits the memory of answers, from their first byte until the client has read them. */
export function createByteBudget(max: number): () => ByteAccount {
  let taken = 0;
  return () => {
    let own = 0;
    let closed = false;
    return {
      take(bytes) {
        if (closed || taken + bytes > max)
          throw new StatusError(tooManyRequests(`answers of other adapters take more than ${max} bytes`));
        taken += bytes;
        own += bytes;
      },
      close() {
        closed = true;
        taken -= own;
        own = 0;
      },
    };
  };
}
