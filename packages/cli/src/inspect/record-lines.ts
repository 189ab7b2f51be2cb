import { ALL_STATS, type Head, type StatSet } from '@activescale/protocol/record';
import { duration } from '../format.ts';
import type { RecordKeys } from './record-keys.ts';

export type Line = readonly [name: string, value: string];

/** Lines below a title, the values in a column. */
export function lines(title: string, all: readonly Line[]): string {
  const width = Math.max(...all.map(([name]) => name.length));
  const body = all.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`.trimEnd());
  return `${[...(title === '' ? [] : [title]), ...body].join('\n')}\n`;
}

/** Only the size if the record came through api. */
export function keyLines(keys: RecordKeys | undefined, bytes: number): Line[] {
  if (keys === undefined) return [['size', `${bytes} bytes`]];
  return [
    ['key', `${keys.slots} (${bytes} bytes)`],
    ['head key', keys.head],
  ];
}

interface Age {
  readonly age: number;
  /** The arrival is too far in the future to be explained by differing clocks. */
  readonly ahead: boolean;
  /** How long a record is fresh. In ms, like the age. */
  readonly fresh: number;
}

export function arrivalLines(head: Head, { age, ahead, fresh }: Age): Line[] {
  return [
    ['arrival', `${time(head.arrival)}, ${ahead ? aheadText(age) : ageText(Math.max(0, age), fresh)}`],
    ['flush length', head.flushLength === 0 ? 'only one flush' : duration(head.flushLength)],
  ];
}

/** Which stats are known. @param names of stats, as Envoy names them */
export function evidenceLines(head: Head, names: (stats: StatSet) => string): Line[] {
  return [
    ['stats sent', names(head.sent) || 'none'],
    ['proven zero', names(head.provenZero) || 'none'],
    ['unknown', names(ALL_STATS & ~head.sent & ~head.provenZero) || 'none'],
    ['stats filter', head.filterShown ? "in the node's metadata" : 'not known'],
  ];
}

function aheadText(age: number): string {
  return `${duration(-age)} in the future and not used: Valkey's clock was set back, so its age is not known`;
}

function ageText(age: number, fresh: number): string {
  const left =
    age > fresh ? `no longer fresh, by ${duration(age - fresh)}` : `fresh for ${duration(fresh - age)} more`;
  return `${duration(age)} ago, ${left}`;
}

/**
 * Envoy's clock, or a forged record, may have an invalid date:
 * https://tc39.es/ecma262/#sec-time-values-and-time-range
 */
export function time(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms since 1970, which is not a valid date` : date.toISOString();
}
