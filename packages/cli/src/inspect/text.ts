import { freshness } from '@activescale/metrics';
import { type PodRecord, type ScopeCheckpoint, type Slot, stateOf } from '@activescale/protocol/record';
import { duration, number } from '../format.ts';
import { table } from '../layout.ts';
import { statNames } from '../records/missing-stats.ts';
import type { InspectedRecord } from './inspected-record.ts';
import { arrivalLines, evidenceLines, keyLines, type Line, lines, time } from './record-lines.ts';

/** A whole record for people. @param width of the terminal */
export function recordText(inspected: InspectedRecord, metricTtl: number, width: number): string {
  const { record } = inspected;
  return [
    `pod ${inspected.name} in ${inspected.namespace}\n`,
    lines('', headLines(inspected, metricTtl)),
    lines('identity', whoLines(record)),
    lines('checkpoint: state for the comparison with the next flush', checkpointLines(record)),
    record.checkpoint.scopes.map(scopeText).join('\n'),
    slotsText(record, inspected.now, width),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function headLines(
  { keys, bytes, age, ahead, head, ignored, others }: InspectedRecord,
  metricTtl: number,
): Line[] {
  return [
    ...keyLines(keys, bytes),
    ...arrivalLines(head, { age, ahead, fresh: freshness(head, metricTtl) }),
    ['state', stateOf(head)],
    ...evidenceLines(head, statNames),
    ...(head.unrecognized
      ? [['unrecognized', 'HTTP scopes arrive that may be load of the pod'] as const]
      : []),
    ['proxy', head.proxy],
    ...(ignored === undefined ? [] : [['ignored', `another proxy pushes for this pod: ${ignored}`] as const]),
    ...(others.length === 0 ? [] : [['other records', others.join(', ')] as const]),
    ['IP', `${head.ip || 'unknown'}${head.ipVerified ? ', verified' : ''}`],
    ['active', number(head.active)],
    ['upstream active', number(head.upstreamActive)],
    ['pending', number(head.pending)],
  ];
}

function whoLines({ workload, ip, labels }: PodRecord): Line[] {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return [
    ['workload', workload || 'unknown'],
    ['IP in node.id', ip || 'unknown'],
    ['labels', pairs.join(', ') || 'none'],
  ];
}

function checkpointLines({ checkpoint, bounds }: PodRecord): Line[] {
  return [
    ['snapshot', checkpoint.timestamp === 0 ? 'none' : `${time(checkpoint.timestamp)} by Envoy's clock`],
    ['flush length', duration(checkpoint.flushLength)],
    ['uptime of Envoy', checkpoint.uptime === 0 ? 'unknown' : `${checkpoint.uptime} s`],
    ['bucket bounds', bounds.map((row) => `${row.join(' ')} ms`).join('; ') || 'none'],
  ];
}

function scopeText({ name, estimator, ...counters }: ScopeCheckpoint): string {
  const { cuts, ...means } = estimator;
  const all = Object.entries({ ...counters, ...means }).map(([key, value]): Line => [key, number(value)]);
  return lines(`scope ${name}`, [...all, ['cuts', cuts.map(number).join(' ') || 'none']]);
}

const COLUMNS = [
  'active',
  'upstreamActive',
  'pending',
  'mean',
  'largest',
  'upstreamLargest',
  'started',
  'completed',
  'errors',
  'reset',
  'timed',
  'durations',
] as const satisfies readonly (keyof Slot)[];

function slotsText({ slots, bounds }: PodRecord, now: number, width: number): string {
  const rows = slots.map((slot) => [
    duration(now - slot.end),
    duration(slot.length),
    ...COLUMNS.map((column) => number(slot[column])),
    bucketsText(slot, bounds),
  ]);
  return `slots, the newest first; durations in ms\n${table(['AGO', 'LENGTH', ...COLUMNS, 'buckets'], rows, width)}`;
}

/** `<=25: 3` for each bucket that is not empty. */
function bucketsText({ buckets }: Slot, rows: PodRecord['bounds']): string {
  const names = rows.flatMap((row) => [...row.map((bound) => `<=${bound}`), `>${row.at(-1) ?? 0}`]);
  const parts: string[] = [];
  for (let i = 0; i < buckets.length; i += 2)
    parts.push(`${names[buckets[i] ?? 0] ?? '?'}: ${buckets[i + 1]}`);
  return parts.join(', ');
}
