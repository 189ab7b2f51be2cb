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
import type { AskAdapter } from '../fall-through/adapter.ts';
import type { MetricRequest } from '../http/exchange.ts';
import { asksToWatch, type ListOptions, parseListOptions } from '../http/list-options.ts';
import type { ResourceRequest } from '../http/request-info.ts';
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
  /** For metrics that are not in the catalogue, and for those of KEDA; undefined: there are none. */
  readonly fallThrough: AskAdapter | undefined;
  /** Called for each answered query of a metric in the catalogue, with its name there. */
  answered(query: ExternalPath, items: number): void;
}

/**
 * The label of a ScaledObject in the selectors of its HPA, without which KEDA's server answers no query
 * (kedacore/keda pkg/provider/provider.go, GetExternalMetric).
 */
const KEDA_LABEL = 'scaledobject.keda.sh/name';

/**
 * The external metrics API: a metric of all selected pods of the HPA's namespace, or of one destination there, as exactly
 * one item, because the HPA adds items up, and a sum of percentiles has no meaning.
 */
export function externalMetricsRoute(options: ExternalMetricsOptions): Route {
  const { catalogue, admit, fallThrough, answered } = options;
  const byLowerCase = derived(
    catalogue,
    (metrics) => new Map([...metrics.values()].map((metric) => [metric.name.toLowerCase(), metric])),
  );
  const find = (metric: string) => byLowerCase().get(metric.toLowerCase());
  const answer = async ({ info, trace }: MetricRequest): Promise<Buffer> => {
    const { asked, labelSelector } = parsed(info);
    const metric = find(asked.metric);
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
  const path = `/apis/${EXTERNAL_METRICS_GROUP}/${EXTERNAL_METRICS_VERSION}`;
  const own = admit(answer);
  if (fallThrough === undefined) return metricsRoute(path, own);
  return metricsRoute(path, async (request) => {
    const { asked, ...selectors } = parsed(request.info);
    const ofKeda = selectors.labelSelector.some(({ key }) => key === KEDA_LABEL);
    if (!ofKeda && find(asked.metric) !== undefined) return own(request);
    return fallThrough(request, selectors);
  });
}

/** @throws StatusError 400, 404 or 405 */
function parsed(info: ResourceRequest): ListOptions & { readonly asked: ExternalPath } {
  const asked = externalPathOf(info);
  const list = parseListOptions(info.query, undefined);
  if (asksToWatch(info.query)) throw new StatusError(watchNotSupported(EXTERNAL_METRICS_GROUP, '*'));
  return { asked, ...list };
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
