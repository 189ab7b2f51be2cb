import type { History } from '@activescale/dashboard';
import type { Catalogue, Signal } from '@activescale/metrics';
import { metricOf, type Question } from '../../cluster/question.ts';
import { historyOf, historyTimes } from './curves.ts';

const IN_FLIGHT: readonly Signal[] = ['active_requests', 'demand_active_requests', 'demand_requests'];

export interface HistoryInput {
  readonly records: readonly (Buffer | null)[];
  /** ms since the epoch by Valkey's clock. */
  readonly now: number;
  readonly questions: readonly Question[];
  readonly catalogue: Catalogue;
  /** Of the workload. */
  readonly replicas: number;
}

/** The curve of a workload; undefined: no record has any. */
export function workloadHistory({
  records,
  now,
  questions,
  catalogue,
  replicas,
}: HistoryInput): History | undefined {
  const active = historyOf(records, now);
  if (active.every((value) => value === null)) return undefined;
  const targets = questions.flatMap((question) => {
    const { target } = question;
    const metric = metricOf(question, catalogue);
    const isInFlight =
      metric !== undefined && metric.function !== 'rate' && IN_FLIGHT.includes(metric.signal);
    return isInFlight && target.type === 'AverageValue' ? [target.milli / 1000] : [];
  });
  const capacity = targets.length === 0 ? undefined : Math.min(...targets) * replicas;
  return { at: historyTimes(), active, truth: undefined, capacity };
}
