import { resourceNotFound } from '@activescale/protocol/kubernetes';
import { acceptable, encoded } from './answers.ts';
import type { ApiRequest, Handler, MetricRequest } from './exchange.ts';
import { StatusError } from './status-error.ts';

export interface Route {
  /** Percent-decoded; one that ends in `/*` covers all paths below it. */
  readonly path: string;
  readonly methods: readonly string[];
  readonly answer: Handler;
}

/**
 * A path whose response is an API object. A format that the client cannot accept is refused before the object
 * is computed.
 */
export function apiRoute(path: string, answer: (request: ApiRequest) => Buffer | Promise<Buffer>): Route {
  return {
    path,
    methods: ['GET'],
    async answer(request) {
      const representation = acceptable(request);
      return encoded(request, representation, await answer(request));
    },
  };
}

/** The metrics of a version of an API. */
export function metricsRoute(version: string, answer: (request: MetricRequest) => Promise<Buffer>): Route {
  return apiRoute(`${version}/*`, ({ info, ...request }) => {
    if (info.kind !== 'resource') throw new StatusError(resourceNotFound());
    return answer({ ...request, info });
  });
}

/** @returns finds the route of a decoded path; one slash at its end makes no difference */
export function createRouter(routes: readonly Route[]): (path: string) => Route | undefined {
  const exact = new Map(routes.map((route) => [route.path, route]));
  const below = routes.filter(({ path }) => path.endsWith('/*'));
  return (path) => {
    const asked = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
    return exact.get(asked) ?? below.find((route) => asked.startsWith(route.path.slice(0, -1)));
  };
}
