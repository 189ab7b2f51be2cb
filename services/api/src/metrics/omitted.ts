import type { Omission } from '@activescale/metrics';
import type { QueryTrace } from '../query-trace.ts';
import type { AnswerObserver } from './observer.ts';

/** Counts the pods of one answer without a value, by reason. */
export function countOmitted(observer: Pick<AnswerObserver, 'onOmitted'>, trace: QueryTrace | undefined) {
  const omitted = new Map<Omission, number>();
  const onOmitted = (reason: Omission): void => {
    omitted.set(reason, (omitted.get(reason) ?? 0) + 1);
    observer.onOmitted(reason);
    trace?.omitted(reason);
  };
  return { omitted, onOmitted };
}
