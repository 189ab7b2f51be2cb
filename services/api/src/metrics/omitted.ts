import type { LeftOut } from '@activescale/metrics';
import type { QueryTrace } from '../query-trace.ts';
import type { AnswerObserver } from './observer.ts';

/** Counts the pods of one answer without a value, by reason. */
export function countOmitted(observer: Pick<AnswerObserver, 'onOmitted'>, trace: QueryTrace | undefined) {
  const omitted = new Map<LeftOut, number>();
  const onOmitted = (reason: LeftOut): void => {
    omitted.set(reason, (omitted.get(reason) ?? 0) + 1);
    observer.onOmitted(reason);
    trace?.omitted(reason);
  };
  return { omitted, onOmitted };
}
