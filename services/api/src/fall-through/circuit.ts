import { StatusError } from '../http/status-error.ts';
import { BackendError } from './backend-error.ts';

/** Refuses queries for a while after failures, so that a dead backend does not keep the HPA's workers waiting. */
export interface Circuit {
  /** Rejects like `send`, or at once with a BackendError. */
  run<T>(send: () => Promise<T>): Promise<T>;
  /** Why the backend is considered down; undefined: it is not. */
  readonly trouble: string | undefined;
}

/** Failures in a row that open it: by default the HPA controller has as many workers, and all of them may ask for one slow metric. */
const MAX_FAILURES = 5;
/** From the last failure until one query may retry, in ms. */
const PAUSE_MS = 1_000;
/** The HPA queries every 15 s. Without a query for this long, the last failure no longer counts. In ms. */
const KNOWN_MS = 60_000;

/**
 * A StatusError is an answer of the backend, which may be due to the query. Every other error is a failure.
 * @param now monotonic, in ms
 */
export function createCircuit(now: () => number): Circuit {
  let failures = 0;
  let failedAt = 0;
  let reason = '';
  let retrying = false;

  const attempt = async <T>(send: () => Promise<T>): Promise<T> => {
    try {
      const answer = await send();
      failures = 0;
      return answer;
    } catch (error) {
      if (error instanceof StatusError) failures = 0;
      else {
        failures++;
        failedAt = now();
        reason = error instanceof Error ? error.message : String(error);
      }
      throw error;
    }
  };
  return {
    async run(send) {
      if (failures < MAX_FAILURES) return attempt(send);
      if (retrying || now() - failedAt < PAUSE_MS) throw new BackendError(reason);
      retrying = true;
      try {
        return await attempt(send);
      } finally {
        retrying = false;
      }
    },
    get trouble() {
      return failures >= MAX_FAILURES && now() - failedAt < KNOWN_MS ? reason : undefined;
    },
  };
}
