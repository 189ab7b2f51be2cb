import { methodNotAllowed, resourceNotFound } from '@activescale/protocol/kubernetes';
import { fastify } from 'fastify';
import type { Catalogue } from './catalogue.ts';
import { customMetricsRoutes } from './custom-metrics.ts';
import { CUSTOM_METRICS_PATH, discoveryBodies, discoveryRoutes } from './discovery.ts';
import { type App, type Reply, type Request, sendStatus, setCommonHeaders } from './http.ts';
import type { MetricPath } from './metric-path.ts';
import type { Provider } from './provider.ts';
import { statusOf } from './status-error.ts';

/** The HPA has no timeout of its own and a slow answer blocks one of its 5 workers: every request ends by then, in ms. */
const DEADLINE_MS = 2_000;

/** Go's limits for API servers, where a client could otherwise hold resources: in ms. */
const IDLE_MS = 90_000;

/** Longest name in a path; fastify's default of 100 is shorter than a pod's name may be. */
const MAX_PARAM_LENGTH = 512;

export interface AppOptions {
  /** PEM. */
  readonly certificate: { readonly cert: string; readonly key: string };
  /** The port that discovery tells. */
  readonly port: number;
  readonly catalogue: Catalogue;
  readonly provider: Provider;
  /** Told of each answered query. */
  answered(query: MetricPath, items: number): void;
  /** Told of an error that nobody foresaw; the client gets a 500. */
  failed(error: unknown, request: Request): void;
}

/** The API server, not listening yet. Who builds it closes it. */
export function buildApp(options: AppOptions): App {
  const fail = (error: unknown, request: Request, reply: Reply): Reply => {
    const status = statusOf(error);
    if (status.code === 500) options.failed(error, request);
    return sendStatus(reply, status);
  };
  const app: App = fastify({
    http2: true,
    https: { ...options.certificate, allowHTTP1: true, minVersion: 'TLSv1.2' },
    http2SessionTimeout: IDLE_MS,
    keepAliveTimeout: IDLE_MS,
    handlerTimeout: DEADLINE_MS,
    exposeHeadRoutes: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: MAX_PARAM_LENGTH },
    frameworkErrors(error, request, reply) {
      setCommonHeaders(request as Request, reply as Reply);
      fail(error, request as Request, reply as Reply);
    },
  });
  app.addHook('onRequest', async (request, reply) => setCommonHeaders(request, reply));
  app.setErrorHandler(fail);
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const known =
      path === '/apis' || path.startsWith(`${CUSTOM_METRICS_PATH}/`) || path === CUSTOM_METRICS_PATH;
    return sendStatus(reply, known && request.method !== 'GET' ? methodNotAllowed() : resourceNotFound());
  });
  // No path takes a body: whatever is sent is read and dropped.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => {
    payload.resume();
    done(null);
  });
  discoveryRoutes(app, discoveryBodies(options.catalogue, options.port));
  customMetricsRoutes(app, options.provider, options.answered);
  return app;
}
