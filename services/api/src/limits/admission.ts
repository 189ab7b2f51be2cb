import type { ApiRequest } from '../http/exchange.ts';
import type { TakePlace } from './in-flight.ts';

type Asked = Pick<ApiRequest, 'user' | 'closed'>;

/** Wraps a query handler, so that it counts as a query in flight or is refused. */
export type Admit = <R extends Asked, T>(answer: (request: R) => Promise<T>) => (request: R) => Promise<T>;

/**
 * Limits only queries that are authenticated and authorized: discovery and probes are cheap, and a refused
 * request must not block others. A query ends when its response was computed and sent: a client that cancels
 * does not stop the work, and one that does not read keeps the response.
 */
export function admission(takePlace: TakePlace): Admit {
  return (answer) => async (request) => {
    const leave = takePlace(request.user);
    const answering = answer(request);
    void Promise.allSettled([answering, request.closed]).then(leave);
    return answering;
  };
}
