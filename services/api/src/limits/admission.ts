import type { User } from '../access/user.ts';
import type { Reply, Request } from '../http/http.ts';
import type { TakePlace } from './in-flight.ts';

/** Turns an answer into one that takes a place among the queries under way, or is refused. */
export type Admit = <T>(answer: (request: Request) => Promise<T>) => (request: Request) => Promise<T>;

export interface Admission {
  /** To be called for each request, before anything asynchronous. */
  arrived(request: Request, reply: Reply): void;
  authorized(request: Request, user: User): void;
  readonly admit: Admit;
}

/**
 * Gives places to queries whose sender is known and may ask, and to nothing else: discovery and probes cost next to
 * nothing, and a request that is refused must not keep others out. A place is given back when the answer has been
 * computed and has left: a client that cancels does not end the work, and one that does not read holds the answer.
 */
export function admission(takePlace: TakePlace): Admission {
  const left = new WeakMap<Request, Promise<void>>();
  const users = new WeakMap<Request, User>();
  return {
    arrived(request, reply) {
      left.set(request, new Promise((resolve) => reply.raw.once('close', resolve)));
    },
    authorized: (request, user) => users.set(request, user),
    admit: (answer) => async (request) => {
      const leave = takePlace(users.get(request)?.name);
      const answering = answer(request);
      void Promise.allSettled([answering, left.get(request)]).then(leave);
      return answering;
    },
  };
}
