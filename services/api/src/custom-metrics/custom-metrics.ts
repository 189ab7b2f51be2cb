import { DESTINATIONS, destinationOf, formatGroupResource, parseGroupResource } from '@activescale/kube';
import { type Catalogue, isDemand, type Metric, selectMetric } from '@activescale/metrics';
import {
  CUSTOM_METRICS_VERSIONS,
  type CustomMetricsVersion,
  encodeMetricValueList,
  labelSelectorJson,
  type MetricValue,
  metricNotFound,
  metricNotFoundFor,
} from '@activescale/protocol/kubernetes';
import { CUSTOM_METRICS_PATH } from '../discovery/discovery.ts';
import type { AskAdapter } from '../fall-through/adapter.ts';
import type { MetricRequest } from '../http/exchange.ts';
import { type ListOptions, parseListOptions } from '../http/list-options.ts';
import { metricsRoute, type Route } from '../http/routes.ts';
import { StatusError } from '../http/status-error.ts';
import type { Admit } from '../limits/admission.ts';
import type { QueryTrace } from '../query-trace.ts';
import type { Found, MetricFinder } from './metric-finder.ts';
import { type MetricPath, metricPathOf } from './metric-path.ts';

export interface CustomMetricsOptions {
  catalogue(): Catalogue;
  readonly find: MetricFinder;
  readonly admit: Admit;
  /** For metrics that are not in the catalogue; undefined: there are none. */
  readonly fallThrough: AskAdapter | undefined;
  /** Called for each answered query of a metric in the catalogue. */
  answered(query: MetricPath, items: number): void;
}

/** Parses requests of the custom metrics API, calls the finder, encodes its results. */
export function customMetricsRoutes(options: CustomMetricsOptions): Route[] {
  return CUSTOM_METRICS_VERSIONS.map((version) => {
    const answer = async ({ info, trace }: MetricRequest): Promise<Buffer> => {
      const asked = metricPathOf(info);
      const list = parseListOptions(info.query, asked.name);
      const found = await findItems(options, asked, list, trace);
      trace.answered(found.items.length);
      options.answered(asked, found.items.length);
      return encodeList(version, asked, list, found);
    };
    return metricsRoute(`${CUSTOM_METRICS_PATH}/${version}`, orOther(options, options.admit(answer)));
  });
}

/** Another adapter's queries have their own limit of queries in flight: they may be slow, and ours are not. */
function orOther(
  { catalogue, fallThrough }: CustomMetricsOptions,
  answer: (request: MetricRequest) => Promise<Buffer>,
): typeof answer {
  if (fallThrough === undefined) return answer;
  return async (request) => {
    const { metric, name } = metricPathOf(request.info);
    if (catalogue().has(metric)) return answer(request);
    return fallThrough(request, parseListOptions(request.info.query, name));
  };
}

async function findItems(
  { catalogue, find }: CustomMetricsOptions,
  asked: MetricPath,
  { labelSelector, metricLabelSelector }: ListOptions,
  trace: QueryTrace,
): Promise<Found> {
  const metric = catalogue().get(asked.metric);
  if (metric === undefined) {
    trace.absent('metric');
    throw notFound(asked);
  }
  const found = await find(asked, labelSelector, selectMetric(metric, metricLabelSelector), trace);
  if (found === undefined) trace.absent('object');
  if (found === undefined || (asked.name !== '*' && found.items.length === 0))
    throw notFound(asked, reasonOf(metric, asked, trace));
  return found;
}

const DEMAND_OF = Object.values(DESTINATIONS)
  .map(({ resource }) => formatGroupResource(resource))
  .join(', ');

/** Explains what is not obvious from the names; '' otherwise. */
function reasonOf(metric: Metric, { resource }: MetricPath, trace: QueryTrace): string {
  const destination = destinationOf(parseGroupResource(resource));
  if (isDemand(metric))
    return destination === undefined ? `it is a metric of ${DEMAND_OF}` : (trace.reason() ?? '');
  const isRoute = destination !== undefined && destination !== 'service';
  return isRoute ? 'it is counted at pods, and a route has none; its metrics are those of demand' : '';
}

function notFound({ resource: written, name, metric }: MetricPath, reason = ''): StatusError {
  const resource = formatGroupResource(parseGroupResource(written));
  return new StatusError(
    name === '*'
      ? metricNotFound(metric, resource, reason)
      : metricNotFoundFor(metric, resource, name, reason),
  );
}

function encodeList(
  version: CustomMetricsVersion,
  { namespace, metric }: MetricPath,
  { metricLabelSelector }: ListOptions,
  { kind, apiVersion, items }: { kind: string; apiVersion: string; items: readonly MetricValue[] },
): Buffer {
  const selector = metricLabelSelector.length === 0 ? null : (labelSelectorJson(metricLabelSelector) ?? null);
  const place = namespace === undefined ? {} : { namespace };
  return encodeMetricValueList(version, { metric, selector, kind, apiVersion, items, ...place });
}
