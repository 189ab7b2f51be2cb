import { tooManyRequests } from '@activescale/protocol/kubernetes';
import { StatusError } from '../http/status-error.ts';

export interface InFlightLimits {
  /** Queries of all users. */
  readonly max: number;
  /** Queries of one user. */
  readonly maxPerUser: number;
}

/** Counts a query and returns a function that ends it; throws a StatusError (429) above the limit. */
export type TakePlace = (user: string | undefined) => () => void;

const SETTINGS = { max: 'MAX_REQUESTS_IN_FLIGHT', maxPerUser: 'MAX_REQUESTS_IN_FLIGHT_PER_USER' };

/**
 * Limits the queries in flight, in total and for each user, so that one user cannot block the HPA. More are
 * refused at once: a queue would only delay all of them, and the HPA retries after 15 s anyway.
 * @param limits for the message of a refusal: what limits them, in total and for each user
 */
export function createInFlight({ max, maxPerUser }: InFlightLimits, limits = SETTINGS): TakePlace {
  let underWay = 0;
  const perUser = new Map<string, number>();
  return (user) => {
    if (underWay >= max) throw refusal(`${max} queries are in flight already (${limits.max})`);
    const own = user === undefined ? 0 : (perUser.get(user) ?? 0);
    if (user !== undefined && own >= maxPerUser) {
      throw refusal(`this user has ${own} queries in flight already (${limits.maxPerUser})`);
    }
    underWay++;
    if (user !== undefined) perUser.set(user, own + 1);
    return () => {
      underWay--;
      if (user === undefined) return;
      const left = (perUser.get(user) ?? 1) - 1;
      if (left === 0) perUser.delete(user);
      else perUser.set(user, left);
    };
  };
}

function refusal(why: string): StatusError {
  return new StatusError(tooManyRequests(why));
}
