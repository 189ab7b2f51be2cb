import { type DiscoveredGroup, methodNotAllowed, resourceNotFound } from '@activescale/protocol/kubernetes';
import type { HealthCheck } from '@activescale/runtime';
import { fastify } from 'fastify';
import type { Registry } from 'prom-client';
import { type CheckAccess, ReviewError } from './access/access.ts';
import { type CustomMetricsOptions, customMetricsRoutes } from './custom-metrics/custom-metrics.ts';
import { discoveryRoutes } from './discovery/discovery.ts';
import { openApiRoutes } from './discovery/openapi.ts';
import { listedPaths } from './discovery/paths.ts';
import { probeRoutes, type Version } from './discovery/probes.ts';
import { type ExternalMetricsOptions, externalMetricsRoutes } from './external-metrics/external-metrics.ts';
import {
  type App,
  infoOf,
  isRead,
  type Reply,
  type Request,
  readTarget,
  sendIndented,
  sendStatus,
  sendText,
  setCommonHeaders,
} from './http/http.ts';
import type { RequestInfo } from './http/request-info.ts';
import { statusOf } from './http/status-error.ts';
import { checkTimeout } from './http/timeout-parameter.ts';
import { admission } from './limits/admission.ts';
import { createInFlight, type InFlightLimits } from './limits/in-flight.ts';
import type { ApiTelemetry } from './telemetry/api-telemetry.ts';
import { createRequestLabels } from './telemetry/request-labels.ts';
import type { ServingTls } from './tls/serving-tls.ts';

/** The HPA has no timeout of its own and a slow answer blocks one of its 5 workers: every request ends by then, in ms. */
const DEADLINE_MS = 2_000;

/** Go's limit for idle connections of API servers, in ms. */
const IDLE_MS = 90_000;

/** Requests at once on one connection, as Go allows. */
const MAX_STREAMS = 250;

/** The front proxy sends a header for each of a user's groups, and Node would refuse more than 128. */
const MAX_HEADERS = 5_000;

/**
 * Announced to HTTP/2 clients, in bytes. nghttp2 ends the connection at a field above 64 KiB, which would fail every other
 * request on kube-apiserver's only connection; a sender that knows the limit refuses the large request itself
 * (golang.org/x/net http2/transport.go, errRequestHeaderListSize).
 */
const MAX_HEADER_LIST = 60 * 1024;

/** Longest name in a path; fastify's default of 100 is shorter than a pod's name may be. */
const MAX_PARAM_LENGTH = 512;

/** What is counted of a request whose target cannot be read. */
const UNREADABLE: RequestInfo = { kind: 'path', verb: '', path: '', query: new URLSearchParams() };

export interface AppOptions {
  readonly tls: ServingTls;
  /** The port that discovery tells. */
  readonly port: number;
  /** Asked before any path is looked up; undefined: everyone may do everything. */
  readonly checkAccess: CheckAccess | undefined;
  /** Always the same, with the resources of now. */
  groups(): readonly DiscoveredGroup[];
  /** Of queries of metrics. */
  readonly inFlight: InFlightLimits;
  readonly customMetrics: Omit<CustomMetricsOptions, 'admit'>;
  /** undefined: the external metrics API is not served. */
  readonly externalMetrics: Omit<ExternalMetricsOptions, 'admit'> | undefined;
  readonly checks: readonly HealthCheck[];
  readonly registry: Registry;
  readonly version: Version;
  readonly telemetry: Pick<ApiTelemetry, 'request' | 'inFlight' | 'handshakeFailed'>;
  /** Told of an error that nobody foresaw; the client gets a 500. */
  failed(error: unknown, request: Request): void;
}

/** The API server, not listening yet. Who builds it closes it. */
export function buildApp(options: AppOptions): App {
  const { checkAccess, groups, checks, telemetry } = options;
  const labelsOf = createRequestLabels(groups);
  const queries = admission(createInFlight(options.inFlight));
  const fail = (error: unknown, request: Request, reply: Reply): Reply => {
    if (error instanceof ReviewError) {
      options.failed(error, request);
      return sendText(reply.code(500), error.message);
    }
    const status = statusOf(error);
    if (status.code === 500) options.failed(error, request);
    return sendStatus(request, reply, status);
  };
  const app: App = fastify({
    http2: true,
    https: {
      ...options.tls.options(),
      allowHTTP1: true,
      settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: MAX_HEADER_LIST },
      maxHeaderListPairs: MAX_HEADERS,
    },
    http2SessionTimeout: IDLE_MS,
    handlerTimeout: DEADLINE_MS,
    exposeHeadRoutes: false,
    rewriteUrl: readTarget,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: MAX_PARAM_LENGTH },
    frameworkErrors(error, request, reply) {
      setCommonHeaders(request as Request, reply as Reply);
      fail(error, request as Request, reply as Reply);
    },
  });
  app.addHook('onRequest', async (request, reply) => {
    telemetry.inFlight(1);
    reply.raw.once('close', () => telemetry.inFlight(-1));
    setCommonHeaders(request, reply);
    queries.arrived(request, reply);
    const info = infoOf(request);
    checkTimeout(info.query);
    // Also for paths that do not exist: no one learns what is not theirs to know.
    const user = await checkAccess?.(request, info);
    if (user !== undefined) queries.authorized(request, user);
  });
  app.addHook('onResponse', async (request, reply) => {
    const labels = labelsOf(isRead(request) ? infoOf(request) : UNREADABLE);
    telemetry.request(labels, reply.statusCode, reply.elapsedTime / 1000);
  });
  app.server.on('tlsClientError', telemetry.handshakeFailed);
  app.setErrorHandler(fail);
  // No path takes a body: whatever is sent is read and dropped.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => {
    payload.resume();
    done(null);
  });

  const served = groups();
  const paths = { paths: listedPaths(served, checks) };
  app.setNotFoundHandler((request, reply) => {
    const { path } = infoOf(request);
    if (path !== '/apis' && !served.some(({ name }) => `${path}/`.startsWith(`/apis/${name}/`))) {
      return sendIndented(reply.code(404), paths);
    }
    const status = request.method === 'GET' ? resourceNotFound() : methodNotAllowed();
    return sendStatus(request, reply, status);
  });
  app.get('/', (_request, reply) => sendIndented(reply, paths));
  discoveryRoutes(app, groups, options.port);
  openApiRoutes(app, served, Date.now());
  probeRoutes(app, checks, options.registry, options.version);
  const { admit } = queries;
  customMetricsRoutes(app, { ...options.customMetrics, admit });
  if (options.externalMetrics !== undefined)
    externalMetricsRoutes(app, { ...options.externalMetrics, admit });
  options.tls.attach(app.server);
  return app;
}
