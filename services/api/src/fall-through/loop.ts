import type { IncomingHttpHeaders } from 'node:http';
import { StatusError } from '../http/status-error.ts';

/** Marks a request that fell through, so that an API that is its own backend does not ask itself forever. */
export const FALL_THROUGH_HEADER = 'x-activescale-fall-through';

/** RFC 5842, section 7.2. */
export const LOOP_DETECTED = 508;

/**
 * To be called by an API with a backend.
 * @throws StatusError 508 if the request fell through at this API or at another one of this kind
 */
export function assertNoLoop(headers: IncomingHttpHeaders): void {
  if (headers[FALL_THROUGH_HEADER] === undefined) return;
  throw new StatusError({
    code: LOOP_DETECTED,
    reason: 'LoopDetected',
    message: 'FALLTHROUGH_CUSTOM or FALLTHROUGH_EXTERNAL leads to activescale itself: name the other adapter',
  });
}
