import { type Metric, podValues, type Sample, statsOf } from '@activescale/metrics';
import { HOLD_MS, stateOf } from '@activescale/protocol/record';
import { duration, number } from '../format.ts';
import { type PodState, type Records, type Rules, samplesOf, statesOf } from '../records/states.ts';
import { type Area, screenText } from './screen.ts';

/** The current state of a pod. Values over the last minute; undefined if unknown. */
export interface TopRow extends Pick<PodState, 'name' | 'state' | 'why'> {
  /** In ms; undefined if unknown. */
  readonly age: number | undefined;
  readonly active: number | undefined;
  readonly mean: number | undefined;
  readonly perSecond: number | undefined;
  /** In s. */
  readonly p95: number | undefined;
  readonly errorRatio: number | undefined;
}

const window = 60_000;
const METRICS: Readonly<Record<'active' | 'mean' | 'perSecond' | 'p95' | 'errorRatio', Metric>> = {
  active: { name: 'active', signal: 'active_requests', function: 'last' },
  mean: { name: 'mean', signal: 'active_requests', function: 'mean', window },
  perSecond: { name: 'perSecond', signal: 'requests', function: 'rate', window },
  p95: { name: 'p95', signal: 'request_duration_seconds', function: 'quantile', quantile: 0.95, window },
  errorRatio: { name: 'errorRatio', signal: 'request_errors', function: 'ratio', window },
};

/** The state of a pod; for an idle one, of its record. */
function valueIfKnown(sample: Sample, metric: Metric): number | undefined {
  const { sent, provenZero } = sample.head;
  const isKnown = stateOf(sample.head) === 'idle' || (statsOf(metric) & ~sent & ~provenZero) === 0;
  return isKnown ? podValues([sample], metric, () => {})[0]?.value : undefined;
}

/** Pods with a record that is not long stale, the busiest first. */
export function rowsOf(records: Records, rules: Rules): TopRow[] {
  // Includes held pods, and idle ones that do not count, which are shown with their state.
  const samples = samplesOf(records, rules, HOLD_MS, 0);
  const rows = statesOf(records, rules).flatMap(({ name, state, omitted, why, age }): TopRow[] => {
    const sample = samples.find((each) => each.name === name);
    if (sample === undefined && !isUnusable(omitted)) return [];
    const value = (metric: keyof typeof METRICS) => sample && valueIfKnown(sample, METRICS[metric]);
    return [
      {
        name,
        state,
        why,
        age,
        active: value('active'),
        mean: value('mean'),
        perSecond: value('perSecond'),
        p95: value('p95'),
        errorRatio: value('errorRatio'),
      },
    ];
  });
  return rows.sort((a, b) => (b.active ?? 0) - (a.active ?? 0) || (a.name < b.name ? -1 : 1));
}

/** There is a record, but it cannot be used. */
function isUnusable(omitted: PodState['omitted']): boolean {
  return omitted === 'ahead' || omitted === 'corrupt' || omitted === 'other_version';
}

const HEADING = ['POD', 'STATE', 'AGE', 'ACTIVE', 'MEAN 1M', 'PER S', 'P95 S', 'ERRORS'];

export function topText(namespace: string, rows: readonly TopRow[], area: Area): string {
  if (rows.length === 0) return `no pod in ${namespace} has a record\n`;
  const cell = (value: number | undefined) => (value === undefined ? '-' : number(value));
  const cells = rows.map(({ name, state, why, age, active, mean, perSecond, p95, errorRatio }) => [
    name,
    state,
    age === undefined ? '-' : duration(age),
    ...[active, mean, perSecond, p95, errorRatio].map(cell),
    ...(active === undefined ? [why] : []),
  ]);
  const sum = rows.reduce((total, { active }) => total + (active ?? 0), 0);
  return screenText(
    HEADING,
    cells,
    `${rows.length} pods in ${namespace}, ${number(sum)} requests in flight`,
    area,
  );
}
