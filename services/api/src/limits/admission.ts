import type { ApiRequest } from '../http/exchange.ts';
import type { TakePlace } from './in-flight.ts';

type Asked = Pick<ApiRequest, 'user' | 'closed'>;

/** Turns an answer into one that takes a place among the queries under way, or is refused. */
export type Admit = <R extends Asked, T>(answer: (request: R) => Promise<T>) => (request: R) => Promise<T>;

/**
 * Gives places to queries whose sender is known and may ask, and to nothing else: discovery and probes cost next to
 * nothing, and a request that is refused must not keep others out. A place is given back when the answer has been
 * computed and has left: a client that cancels does not end the work, and one that does not read holds the answer.
 */
export function admission(takePlace: TakePlace): Admit {
  return (answer) => async (request) => {
    const leave = takePlace(request.user);
    const answering = answer(request);
    void Promise.allSettled([answering, request.closed]).then(leave);
    return answering;
  };
}
