import { type Catalogue, splitExternalSelector, withSelectedWindow } from '@activescale/metrics';
import {
  EXTERNAL_METRICS_GROUP,
  EXTERNAL_METRICS_VERSION,
  encodeExternalMetricValueList,
  externalMetricNotFound,
  watchNotSupported,
} from '@activescale/protocol/kubernetes';
import { derived } from '../derived.ts';
import type { MetricRequest } from '../http/exchange.ts';
import { asksToWatch, parseListOptions } from '../http/list-options.ts';
import { metricsRoute, type Route } from '../http/routes.ts';
import { StatusError } from '../http/status-error.ts';
import type { Admit } from '../limits/admission.ts';
import type { Provider } from '../metrics/provider.ts';
import type { NoPods } from '../objects/no-pods.ts';
import { type ExternalPath, externalPathOf } from './external-path.ts';

export interface ExternalMetricsOptions {
  catalogue(): Catalogue;
  readonly provider: Provider;
  readonly admit: Admit;
  /** undefined: standalone, where a missing pod does not prove that there is no load. */
  readonly noPods: Pick<NoPods, 'ofExternal'> | undefined;
  /** Called for each answered query, with the metric's name as in the catalogue. */
  answered(query: ExternalPath, items: number): void;
}

/**
 * The external metrics API: a metric of all selected pods of the HPA's namespace, as exactly one item, because
 * the HPA adds items up, and a sum of percentiles has no meaning.
 */
export function externalMetricsRoute(options: ExternalMetricsOptions): Route {
  const { catalogue, provider, noPods, answered } = options;
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
    const { over, ...pods } = splitExternalSelector(labelSelector);
    const { namespace } = asked;
    const hasNoPods = () => noPods?.ofExternal(namespace, pods) ?? false;
    const value = await provider.getMetricOfAll(
      { namespace, resource: '', name: '', ...pods, whose: 'asked', hasNoPods },
      withSelectedWindow(metric, over),
      trace,
    );
    const items = value === undefined ? [] : [value];
    trace.answered(items.length);
    answered({ ...asked, metric: metric.name }, items.length);
    return encodeExternalMetricValueList(metric.name, items);
  };
  return metricsRoute(`/apis/${EXTERNAL_METRICS_GROUP}/${EXTERNAL_METRICS_VERSION}`, options.admit(answer));
}
