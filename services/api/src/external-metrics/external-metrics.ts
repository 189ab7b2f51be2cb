import {
  type Catalogue,
  isDemand,
  type Metric,
  parseDemandSelector,
  selectMetric,
  splitExternalSelector,
} from '@activescale/metrics';
import {
  EXTERNAL_METRICS_GROUP,
  EXTERNAL_METRICS_VERSION,
  encodeExternalMetricValueList,
  externalMetricNotFound,
  type LabelSelector,
  type MetricValue,
  watchNotSupported,
} from '@activescale/protocol/kubernetes';
import { derived } from '../derived.ts';
import type { MetricRequest } from '../http/exchange.ts';
import { asksToWatch, parseListOptions } from '../http/list-options.ts';
import { metricsRoute, type Route } from '../http/routes.ts';
import { StatusError } from '../http/status-error.ts';
import type { Admit } from '../limits/admission.ts';
import type { DemandProvider } from '../metrics/demand.ts';
import type { Provider } from '../metrics/provider.ts';
import { type Destinations, portSelector } from '../objects/destinations.ts';
import type { NoPods } from '../objects/no-pods.ts';
import type { QueryTrace } from '../query-trace.ts';
import { type ExternalPath, externalPathOf } from './external-path.ts';

export interface ExternalMetricsOptions {
  catalogue(): Catalogue;
  readonly provider: Provider;
  readonly demand: DemandProvider;
  readonly destinations: Destinations;
  readonly admit: Admit;
  /** undefined: standalone, where a missing pod does not prove that there is no load. */
  readonly noPods: Pick<NoPods, 'ofExternal'> | undefined;
  /** Called for each answered query, with the metric's name as in the catalogue. */
  answered(query: ExternalPath, items: number): void;
}

/**
 * The external metrics API: a metric of all selected pods of the HPA's namespace, or of one destination there, as exactly
 * one item, because the HPA adds items up, and a sum of percentiles has no meaning.
 */
export function externalMetricsRoute(options: ExternalMetricsOptions): Route {
  const { catalogue, answered } = options;
  const byLowerCase = derived(
    catalogue,
    (metrics) => new Map([...metrics.values()].map((metric) => [metric.name.toLowerCase(), metric])),
  );
  const answer = async ({ info, trace }: MetricRequest): Promise<Buffer> => {
    const { query } = info;
    const asked = externalPathOf(info);
    const { labelSelector } = parseListOptions(query, undefined);
    if (asksToWatch(query)) throw new StatusError(watchNotSupported(EXTERNAL_METRICS_GROUP, '*'));
    const metric = byLowerCase().get(asked.metric.toLowerCase());
    if (metric === undefined) {
      trace.absent('metric');
      throw new StatusError(externalMetricNotFound(asked.metric));
    }
    const value = isDemand(metric)
      ? await demandOf(options, asked, labelSelector, metric, trace)
      : await loadOf(options, asked, labelSelector, metric, trace);
    const items = value === undefined ? [] : [value];
    trace.answered(items.length);
    answered({ ...asked, metric: metric.name }, items.length);
    return encodeExternalMetricValueList(metric.name, items);
  };
  return metricsRoute(`/apis/${EXTERNAL_METRICS_GROUP}/${EXTERNAL_METRICS_VERSION}`, options.admit(answer));
}

async function loadOf(
  { provider, noPods }: ExternalMetricsOptions,
  { namespace }: ExternalPath,
  selector: LabelSelector,
  metric: Metric,
  trace: QueryTrace,
): Promise<MetricValue | undefined> {
  const { over, ...pods } = splitExternalSelector(selector);
  const hasNoPods = () => noPods?.ofExternal(namespace, pods) ?? false;
  const query = { namespace, resource: '', name: '', ...pods, whose: 'asked', hasNoPods } as const;
  return provider.getMetricOfAll(query, selectMetric(metric, over).metric, trace);
}

async function demandOf(
  { demand, destinations }: ExternalMetricsOptions,
  { namespace }: ExternalPath,
  selector: LabelSelector,
  metric: Metric,
  trace: QueryTrace,
): Promise<MetricValue | undefined> {
  const { kind, name, metric: metricSelector } = parseDemandSelector(selector);
  const { metric: selected, port } = selectMetric(metric, metricSelector);
  const found = await destinations.get(kind, namespace, name, port);
  if (found === undefined || found.length === 0) {
    trace.absent(found === undefined ? 'object' : 'port');
    return undefined;
  }
  const of: LabelSelector = [{ key: kind, operator: '=', values: [name] }, ...portSelector(port)];
  const query = { namespace, kind, destinations: found, resource: '', selector: of };
  const [value] = await demand(query, selected, trace);
  return value;
}
