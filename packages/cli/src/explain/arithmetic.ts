import { factOf, isDemand, lastValue, type Metric, type Sample, totalsOf } from '@activescale/metrics';
import { stateOf } from '@activescale/protocol/record';
import { number } from '../format.ts';

/** The computation of the value of a pod or source, as text; not of a `held` one. @throws RecordError */
export function arithmetic({ head, record, measured, createdAt }: Sample, metric: Metric): string {
  const { function: kind, window } = metric;
  const fact = factOf(metric);
  if (window === undefined) {
    const never = stateOf(head) === 'idle' && fact === 'active';
    return never ? 'never used: 0' : `gauge ${number(lastValue(metric, head))}`;
  }
  const totals = totalsOf(record, head.arrival, window, measured, false, createdAt);
  const seconds = number(totals.covered / 1000);
  const per = (count: number, what: string) => `${number(count)} ${what} in ${seconds} s`;
  switch (`${fact} ${kind}`) {
    case 'active mean':
      if (totals.covered === 0) return `only one flush: gauge ${number(totals.lastActive)}`;
      return `${number(totals.area / 1000)} request seconds in ${seconds} s`;
    case 'active max':
      return `largest of gauges and means in ${seconds} s`;
    case 'upstreamActive max':
      return `largest gauge in ${seconds} s`;
    case 'started rate':
      return per(totals.started, 'requests');
    case 'errors rate':
      return per(totals.errors, 'errors');
    case 'reset rate':
      return per(totals.reset, isDemand(metric) ? 'rejected requests' : 'aborted requests');
    case 'errors ratio':
      return `${per(totals.errors, 'errors')}, ${number(totals.completed)} answers`;
    case 'durations mean':
      return `${number(totals.durations / 1000)} s of ${per(totals.timed, 'requests')}`;
    default:
      return per(totals.timed, 'requests with a duration');
  }
}
