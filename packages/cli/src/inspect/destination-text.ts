import { freshness } from '@activescale/metrics';
import { ALL_STATS, type PodRecord, recordName, type Source } from '@activescale/protocol/record';
import type { Share } from '../demand/shares.ts';
import { clusterStatNames } from '../demand/stat-names.ts';
import { duration, number } from '../format.ts';
import { table } from '../layout.ts';
import type { InspectedDestination, InspectedReport, InspectedRest } from './inspected-destination.ts';
import { arrivalLines, evidenceLines, keyLines, type Line, lines } from './record-lines.ts';

/** The reports on a destination as text. @param width of the terminal */
export function destinationText(inspected: InspectedDestination, metricTtl: number, width: number): string {
  const { sources, now } = inspected;
  return [
    `${headText(inspected)}\n`,
    sources.length === 0 ? '' : table(HEADING, sources.map(cells), width),
    unmentionedText(inspected, width),
    ...sources.map((each) => reportText(each, now, metricTtl)),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function headText({ kind, name, namespace, total, sources }: InspectedDestination): string {
  const of = `${kind} ${name} in ${namespace}`;
  const { active, pending } = total;
  if (active === undefined) return `${of}: the number of requests in flight is unknown`;
  const isMentioned = sources.some(({ omitted, held }) => omitted === undefined || held);
  if (!isMentioned) return `${of}: 0 requests in flight, because no live source mentions it`;
  const waiting = pending === undefined ? '' : `, ${number(pending)} of them waiting for a connection`;
  return `${of}: ${number(active)} requests in flight${waiting}`;
}

const HEADING = [
  'SOURCE',
  'PORT',
  'STATE',
  'AGE',
  'ACTIVE',
  'PENDING',
  'PER S',
  'REJECTED',
  'MEAN S',
  'P95 S',
  'ERRORS',
];

function cells({ source, port, values, why, ...share }: InspectedReport): string[] {
  const { active, pending, perSecond, rejectedPerSecond, duration, p95, errorRatio } = values;
  const shown = [active, pending, perSecond, rejectedPerSecond, duration, p95, errorRatio];
  return [
    sourceText(source),
    port || '-',
    share.held ? `${share.state}, held` : share.state,
    ageCell(share),
    ...shown.map((value) => (value === undefined ? '-' : number(value))),
    ...(why === '' ? [] : [why]),
  ];
}

function unmentionedText({ kind, unmentioned }: InspectedDestination, width: number): string {
  const each = `each ${kind} that they do not mention`;
  if (unmentioned.length === 0) return `no source proves 0 for ${each}\n`;
  const rows = unmentioned.map((rest) => [
    sourceText(rest.source),
    rest.everywhere ? 'all' : 'its own',
    ageCell(rest),
    provenText(rest),
  ]);
  return `sources that prove 0 for ${each}\n${table(['SOURCE', 'NAMESPACES', 'AGE', 'STATS'], rows, width)}`;
}

function provenText({ head, omitted, why }: InspectedRest): string {
  if (head === undefined || omitted !== undefined) return why;
  const known = head.sent | head.provenZero;
  return known === ALL_STATS ? 'all' : clusterStatNames(known) || `none: ${why}`;
}

function reportText(
  { source, port, keys, others, bytes, head, record, omitted, why }: InspectedReport,
  now: number,
  metricTtl: number,
): string {
  const title = `source ${sourceText(source)}${port === '' ? '' : `, port ${port}`}`;
  if (head === undefined) return lines(title, [...keyLines(keys, bytes), ['problem', why]]);
  const fresh = freshness(head, metricTtl);
  return lines(title, [
    ...keyLines(keys, bytes),
    ...arrivalLines(head, { age: now - head.arrival, ahead: omitted === 'ahead', fresh }),
    ...evidenceLines(head, clusterStatNames),
    ['proxy', head.proxy],
    ...(others.length === 0 ? [] : [['other records', others.join(', ')] as const]),
    ...(record === undefined ? [['problem', 'its slots are corrupt'] as const] : recordLines(record, now)),
  ]);
}

function recordLines({ workload, checkpoint, slots }: PodRecord, now: number): Line[] {
  const rejected = slots.find(({ reset }) => reset > 0);
  const oldest = slots.at(-1);
  const since = oldest === undefined ? 0 : now - oldest.end + oldest.length;
  return [
    ['workload', workload || 'unknown'],
    ['clusters', checkpoint.scopes.map(({ name }) => name).join(', ') || 'none'],
    ['slots', `${slots.length}, of the last ${duration(since)}; -o json shows them`],
    [
      'last rejected',
      rejected === undefined
        ? 'no request in these slots'
        : `${number(rejected.reset)} requests, ${duration(now - rejected.end)} ago`,
    ],
  ];
}

function sourceText({ namespace, name, verifiedIp }: Source): string {
  return `${namespace}/${recordName(name, verifiedIp)}`;
}

function ageCell({ age }: Pick<Share, 'age'>): string {
  return age === undefined ? '-' : duration(age);
}
