import { tooManyRequests } from '@activescale/protocol/kubernetes';
import { StatusError } from './status-error.ts';

/**
 * Bounds the queries under way. One more is refused at once: a queue would only make all of them late, and the HPA asks
 * again in 15 s anyway.
 * @returns takes a place and gives what leaves it again; throws a StatusError (429) where there is none
 */
export function createInFlight(most: number): () => () => void {
  let underWay = 0;
  return () => {
    if (underWay >= most) {
      throw new StatusError(
        tooManyRequests(`${most} queries are under way already (MAX_REQUESTS_IN_FLIGHT)`),
      );
    }
    underWay++;
    return () => {
      underWay--;
    };
  };
}
