import type { Catalogue, Metric } from '@activescale/metrics';
import type { LabelSelector } from '@activescale/protocol/kubernetes';
import { type MetricSpec, metricSelector, type ObjectReference, targetOf } from './autoscaler.ts';

/** One metric of an HPA as a query. */
export interface Question {
  readonly type: 'Pods' | 'Object' | 'External';
  readonly metric: string;
  readonly selector: LabelSelector;
  /** For type Object. */
  readonly describedObject?: ObjectReference;
  readonly target: { readonly type: 'Value' | 'AverageValue'; readonly milli: number };
}

/** undefined: a metric of another adapter, such as CPU. @throws Error for an invalid target */
export function questionOf({ type, pods, object, external }: MetricSpec): Question | undefined {
  if (type === 'Object' && object !== undefined) {
    const { metric, describedObject, target } = object;
    return { ...common(metric, target), type, describedObject };
  }
  if (type === 'Pods' && pods !== undefined) return { ...common(pods.metric, pods.target), type };
  if (type === 'External' && external !== undefined)
    return { ...common(external.metric, external.target), type };
  return undefined;
}

/** The metric of the catalogue; external ones have names of any case. undefined: there is none of this name. */
export function metricOf(
  { type, metric }: Pick<Question, 'type' | 'metric'>,
  catalogue: Catalogue,
): Metric | undefined {
  if (type !== 'External') return catalogue.get(metric);
  return [...catalogue.values()].find(({ name }) => name.toLowerCase() === metric.toLowerCase());
}

type Asked = NonNullable<MetricSpec['pods']>;

function common(metric: Asked['metric'], target: Asked['target']) {
  return { metric: metric.name, selector: metricSelector(metric), target: targetOf(target) };
}

/** `active_requests of Deployment web (Object, averageValue 10)` */
export function questionText({ type, metric, describedObject, target }: Question): string {
  const of = describedObject === undefined ? '' : ` of ${describedObject.kind} ${describedObject.name}`;
  const kind = target.type === 'Value' ? 'value' : 'averageValue';
  return `${metric}${of} (${type}, ${kind} ${target.milli / 1000})`;
}

/** The name of another adapter's metric. */
export function foreignText({ type, resource, containerResource }: MetricSpec): string {
  const name = resource?.name ?? containerResource?.name;
  return name === undefined ? type : `${name} (${type})`;
}
