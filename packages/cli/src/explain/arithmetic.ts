import { lastValue, type Metric, type Sample, totalsOf } from '@activescale/metrics';
import { stateOf } from '@activescale/protocol/record';
import { number } from '../format.ts';

/** The computation of a pod's value, as text. @throws RecordError */
export function arithmetic({ head, record, measured }: Sample, metric: Metric): string {
  const { signal, function: kind, window } = metric;
  if (window === undefined) {
    const never = stateOf(head) === 'idle' && signal === 'active_requests';
    return never ? 'never used: 0' : `gauge ${number(lastValue(metric, head))}`;
  }
  const totals = totalsOf(record, head.arrival, window, measured, false);
  const seconds = number(totals.covered / 1000);
  const per = (count: number, what: string) => `${number(count)} ${what} in ${seconds} s`;
  switch (`${signal} ${kind}`) {
    case 'active_requests mean':
      if (totals.covered === 0) return `only one flush: gauge ${number(totals.lastActive)}`;
      return `${number(totals.area / 1000)} request seconds in ${seconds} s`;
    case 'active_requests max':
      return `largest of gauges and means in ${seconds} s`;
    case 'upstream_active_requests max':
      return `largest gauge in ${seconds} s`;
    case 'requests rate':
      return per(totals.started, 'requests');
    case 'request_errors rate':
      return per(totals.errors, 'errors');
    case 'request_resets rate':
      return per(totals.reset, 'aborted requests');
    case 'request_errors ratio':
      return `${per(totals.errors, 'errors')}, ${number(totals.completed)} answers`;
    case 'request_duration_seconds mean':
      return `${number(totals.durations / 1000)} s of ${per(totals.timed, 'requests')}`;
    default:
      return per(totals.timed, 'requests with a duration');
  }
}
