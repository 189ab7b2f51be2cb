import type { MetricValue } from '@activescale/dashboard';
import { parseQuantity } from '@activescale/protocol/kubernetes';
import type { Autoscaler } from '../../cluster/autoscaler.ts';
import { type Question, questionText } from '../../cluster/question.ts';
import type { Values } from '../../explain/values.ts';

/**
 * A metric as the HPA compares it with its target: the mean of the pods with a value, the value for each existing replica, or the
 * value.
 * @param replicas that exist
 */
export function metricValue(question: Question, values: Values | undefined, replicas: number): MetricValue {
  const { target } = question;
  const isAverage = target.type === 'AverageValue';
  return {
    title: questionText(question),
    value: values && comparedMilli(values, isAverage, replicas) / 1000,
    target: target.milli / 1000,
    isAverage,
  };
}

function comparedMilli(values: Values, isAverage: boolean, replicas: number): number {
  if (values.of === 'all') return isAverage ? values.value / Math.max(1, replicas) : values.value;
  const all = [...values.values.values()];
  return all.reduce((sum, value) => sum + value, 0) / all.length;
}

/** The same from the status of the HPA, as of its last sync. */
export function reportedValue(question: Question, { status }: Autoscaler): MetricValue {
  const { type, metric, target } = question;
  const reported = (status?.currentMetrics ?? [])
    .filter((each) => each.type === type)
    .flatMap(({ pods, object, external }) => pods ?? object ?? external ?? [])
    .find((each) => each.metric.name === metric);
  const isAverage = target.type === 'AverageValue';
  const text = isAverage ? reported?.current.averageValue : reported?.current.value;
  const value = text === undefined ? undefined : Number(parseQuantity(text)) / 1000;
  return { ...metricValue(question, undefined, 0), value };
}
