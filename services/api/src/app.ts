import { randomUUID } from 'node:crypto';
import { type DiscoveredGroup, methodNotAllowed, resourceNotFound } from '@activescale/protocol/kubernetes';
import type { HealthCheck, MetricsText } from '@activescale/runtime';
import { type CheckAccess, ReviewError } from './access/access.ts';
import { type CustomMetricsOptions, customMetricsRoutes } from './custom-metrics/custom-metrics.ts';
import { discoveryRoutes } from './discovery/discovery.ts';
import { openApiRoutes } from './discovery/openapi/openapi.ts';
import { listedPaths } from './discovery/paths.ts';
import { probeRoutes, type Version } from './discovery/probes.ts';
import { type ExternalMetricsOptions, externalMetricsRoute } from './external-metrics/external-metrics.ts';
import { assertNoLoop } from './fall-through/loop.ts';
import { indentedAnswer, statusAnswer, textAnswer } from './http/answers.ts';
import type { Answer, ApiRequest, RawRequest } from './http/exchange.ts';
import { type RequestInfo, requestInfo } from './http/request-info.ts';
import { createRouter, type Route } from './http/routes.ts';
import { statusOf } from './http/status-error.ts';
import { parseTarget } from './http/target.ts';
import { checkTimeout } from './http/timeout-parameter.ts';
import { admission } from './limits/admission.ts';
import { within } from './limits/deadline.ts';
import { createInFlight, type InFlightLimits } from './limits/in-flight.ts';
import { createQueryTrace, type QueryTrace } from './query-trace.ts';
import { type RecordsOptions, recordsRoute } from './records/records.ts';
import type { ApiTelemetry } from './telemetry/api-telemetry.ts';
import { createRequestLabels } from './telemetry/request-labels.ts';
import type { RequestLog } from './telemetry/request-log.ts';

/**
 * The HPA has no timeout, and a slow response blocks one of its 5 workers: every request ends by then, in ms.
 */
const DEADLINE_MS = 2_000;

/**
 * Of queries for records, whose answers are large: together they hold some MiB, and take no place of a metric query.
 */
const RECORDS_IN_FLIGHT: InFlightLimits = { max: 8, maxPerUser: 4 };
const RECORDS_LIMITS = { max: 'for records, of all users', maxPerUser: 'for records' };

/** The attributes of a request with an invalid target. */
const UNREADABLE: RequestInfo = { kind: 'path', verb: '', path: '', query: new URLSearchParams() };

export interface AppOptions {
  /** The port in discovery. */
  readonly port: number;
  /** Checked before a path is looked up; undefined: everything is allowed. */
  readonly checkAccess: CheckAccess | undefined;
  /** A constant object with the current resources, for discovery. */
  groups(): readonly DiscoveredGroup[];
  /** Those without the metrics of other adapters, for labels. */
  ownGroups(): readonly DiscoveredGroup[];
  /** Of metric queries. */
  readonly inFlight: InFlightLimits;
  readonly customMetrics: Omit<CustomMetricsOptions, 'admit'>;
  /** undefined: the external metrics API is not served. */
  readonly externalMetrics: Omit<ExternalMetricsOptions, 'admit'> | undefined;
  readonly records: Omit<RecordsOptions, 'admit'>;
  readonly checks: readonly HealthCheck[];
  /** Served at /metrics. */
  readonly metrics: readonly MetricsText[];
  readonly version: Version;
  readonly telemetry: Pick<ApiTelemetry, 'request' | 'inFlight'>;
  readonly logRequest: RequestLog;
  /** Called with an unexpected error; the client gets a 500. */
  failed(error: unknown, url: string): void;
}

/** Answers any request; never rejects. */
export type App = (request: RawRequest) => Promise<Answer>;

/** The API, from a request to its response. */
export function createApp(options: AppOptions): App {
  const { checkAccess, checks, telemetry } = options;
  const groups = options.groups();
  const paths = { paths: listedPaths(groups, checks) };
  const routeOf = createRouter(routesOf(options, paths));
  const labelsOf = createRequestLabels(options.ownGroups);
  const { customMetrics, externalMetrics } = options;
  const fallsThrough = (customMetrics.fallThrough ?? externalMetrics?.fallThrough) !== undefined;

  const respond = async (raw: RawRequest, info: RequestInfo, progress: Progress): Promise<Answer> => {
    checkTimeout(info.query);
    // Also for paths that do not exist: a 404 must not reveal what a 403 would hide.
    const user = (await checkAccess?.(raw, info))?.name;
    progress.allowed = { user };
    if (fallsThrough) assertNoLoop(raw.headers);
    const request: ApiRequest = { ...raw, info, user, trace: progress.trace };
    const route = routeOf(info.path);
    if (route?.methods.includes(raw.method)) return route.answer(request);
    const inGroup = groups.some(({ name }) => `${info.path}/`.startsWith(`/apis/${name}/`));
    if (route === undefined && !inGroup) return indentedAnswer(paths, 404);
    const isAbsent = route === undefined && raw.method === 'GET';
    return statusAnswer(request, isAbsent ? resourceNotFound() : methodNotAllowed());
  };
  const errorAnswer = (error: unknown, raw: RawRequest, info: RequestInfo, progress: Progress): Answer => {
    const status = statusOf(error);
    progress.error = status.message;
    if (status.code === 500) options.failed(error, raw.url);
    if (error instanceof ReviewError) return textAnswer(error.message, 500);
    return statusAnswer({ ...raw, info }, status);
  };

  return async (raw) => {
    const start = performance.now();
    telemetry.inFlight(1);
    void raw.closed.then(() => telemetry.inFlight(-1));
    const progress: Progress = { trace: createQueryTrace(), allowed: undefined, error: undefined };
    let info = UNREADABLE;
    let answer: Answer;
    try {
      info = requestInfo(raw.method, parseTarget(raw.url));
      answer = await within(DEADLINE_MS, respond(raw, info, progress));
    } catch (error) {
      answer = errorAnswer(error, raw, info, progress);
    }
    const { status } = answer;
    const durationMs = performance.now() - start;
    const auditId = auditIdOf(raw);
    telemetry.request(labelsOf(info), status, durationMs / 1000);
    options.logRequest({
      auditId,
      method: raw.method,
      url: raw.url,
      status,
      durationMs,
      ...outcomeOf(progress, status),
    });
    return { ...answer, headers: { ...commonHeaders(auditId), ...answer.headers } };
  };
}

/** The progress of a request, for the log. */
interface Progress {
  readonly trace: QueryTrace;
  /** undefined: the sender is not authenticated or not authorized. */
  allowed: { readonly user: string | undefined } | undefined;
  /** Message of the final Status. */
  error: string | undefined;
}

function outcomeOf({ trace, allowed, error }: Progress, status: number) {
  // For any other error its message is more useful than the trace of the query.
  const reason = error === undefined || status === 404 ? (trace.reason() ?? error) : error;
  return { user: allowed?.user, allowed: allowed !== undefined, items: trace.items, reason };
}

function routesOf(options: AppOptions, paths: object): Route[] {
  const { groups, checks, metrics, version, port, customMetrics, externalMetrics, records } = options;
  const admit = admission(createInFlight(options.inFlight));
  return [
    { path: '/', methods: ['GET', 'HEAD'], answer: () => indentedAnswer(paths) },
    ...discoveryRoutes(groups, port),
    ...openApiRoutes(groups(), Date.now()),
    ...probeRoutes(checks, metrics, version),
    ...customMetricsRoutes({ ...customMetrics, admit }),
    ...(externalMetrics === undefined ? [] : [externalMetricsRoute({ ...externalMetrics, admit })]),
    recordsRoute({ ...records, admit: admission(createInFlight(RECORDS_IN_FLIGHT, RECORDS_LIMITS)) }),
  ];
}

const AUDIT_ID = /^[!-~]{1,128}$/;

/** The client's, or a new one: kube-apiserver has the same id in its audit log. */
function auditIdOf({ headers }: RawRequest): string {
  const auditId = headers['audit-id'];
  return typeof auditId === 'string' && AUDIT_ID.test(auditId) ? auditId : randomUUID();
}

/** The headers of every response of an API server. */
function commonHeaders(auditId: string): Answer['headers'] {
  return { 'audit-id': auditId, 'cache-control': 'no-cache, private' };
}
