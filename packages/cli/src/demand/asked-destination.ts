import { type Metric, parseDemandSelector, type SelectedMetric, selectMetric } from '@activescale/metrics';
import type { DestinationKind } from '@activescale/protocol/record';
import { destinationKindOf } from '../cluster/destination.ts';
import type { Question } from '../cluster/question.ts';

/** The destination of an HPA's query, with the selected window and port. */
export interface AskedDestination extends SelectedMetric {
  readonly kind: DestinationKind;
  readonly name: string;
}

/**
 * undefined: the query is for pods, or for an object that is not a destination.
 * @throws MetricSelectorError
 */
export function askedDestination(
  { type, selector, describedObject }: Question,
  named: Metric,
): AskedDestination | undefined {
  if (type === 'External') {
    const { kind, name, metric } = parseDemandSelector(selector);
    return { kind, name, ...selectMetric(named, metric) };
  }
  const kind = type === 'Object' && describedObject ? destinationKindOf(describedObject) : undefined;
  return kind && { kind, name: describedObject?.name ?? '', ...selectMetric(named, selector) };
}
