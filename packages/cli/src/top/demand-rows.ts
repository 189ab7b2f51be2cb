import type { DestinationKind } from '@activescale/protocol/record';
import type { ReadReport } from '../demand/read.ts';
import { shareOf } from '../demand/shares.ts';
import { type DemandValues, demandValues } from '../demand/values.ts';
import { duration, number } from '../format.ts';
import { type Area, screenText } from './screen.ts';

/** The current demand for a destination, summed over all sources and ports. */
export interface DemandRow extends DemandValues {
  readonly kind: DestinationKind;
  readonly name: string;
  /** The number of sources whose records count. */
  readonly sources: number;
  /** Age of the oldest record that counts, in ms; undefined: no record counts. */
  readonly age: number | undefined;
  /** Why the number of requests in flight is unknown; '' otherwise. */
  readonly why: string;
}

/** Destinations with a record that is not long stale, the busiest first. */
export function demandRows(
  reports: readonly ReadReport[],
  now: number,
  rules: { readonly metricTtl: number },
): DemandRow[] {
  const byDestination = Map.groupBy(reports, ({ kind, name }) => `${kind}/${name}`);
  const rows = [...byDestination.values()].flatMap((some) => rowOf(some, now, rules) ?? []);
  return rows.sort((a, b) => (b.active ?? 0) - (a.active ?? 0) || (titleOf(a) < titleOf(b) ? -1 : 1));
}

/** undefined: all of its records are long stale. */
function rowOf(
  reports: readonly ReadReport[],
  now: number,
  rules: { readonly metricTtl: number },
): DemandRow | undefined {
  const shares = reports.map((report) => ({ report, ...shareOf(report, now, rules.metricTtl) }));
  const present = shares.filter(
    ({ omitted, held }) => held || !['no_record', 'expired'].includes(omitted ?? ''),
  );
  const counted = present.filter(({ omitted, held }) => held || omitted === undefined);
  const [first] = present;
  if (first === undefined) return undefined;
  const values = demandValues(reports, undefined, now, rules);
  const sources = new Set(counted.map(({ report: { source } }) => `${source.namespace}/${source.name}`));
  const ages = counted.flatMap(({ age }) => age ?? []);
  return {
    kind: first.report.kind,
    name: first.report.name,
    sources: sources.size,
    age: ages.length === 0 ? undefined : Math.max(...ages),
    why: values.active === undefined ? first.why : '',
    ...values,
  };
}

const HEADING = [
  'DESTINATION',
  'SOURCES',
  'AGE',
  'ACTIVE',
  'PENDING',
  'MEAN 1M',
  'PER S',
  'REJECTED',
  'P95 S',
  'ERRORS',
];

export function demandText(namespace: string, rows: readonly DemandRow[], area: Area): string {
  if (rows.length === 0) return `no source reports a destination in ${namespace}\n`;
  const cells = rows.map((row) => {
    const { active, pending, mean, perSecond, rejectedPerSecond, p95, errorRatio } = row;
    const values = [active, pending, mean, perSecond, rejectedPerSecond, p95, errorRatio];
    return [
      titleOf(row),
      String(row.sources),
      row.age === undefined ? '-' : duration(row.age),
      ...values.map((value) => (value === undefined ? '-' : number(value))),
      ...(row.why === '' ? [] : [row.why]),
    ];
  });
  const sum = rows.reduce((total, { active }) => total + (active ?? 0), 0);
  const summary = `${rows.length} destinations in ${namespace}, ${number(sum)} requests in flight`;
  return screenText(HEADING, cells, summary, area);
}

function titleOf({ kind, name }: Pick<DemandRow, 'kind' | 'name'>): string {
  return `${kind}/${name}`;
}
