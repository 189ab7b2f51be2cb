import type { Life, Total } from '../envoy/life.ts';
import type { Arrived } from '../envoy/timeline.ts';
import { exactly, plus, type Range, span } from './range.ts';
import type { Counted } from './subject.ts';

/** The interval between two flushes that arrived, as far as counters show it. */
export interface IntervalTruth {
  /** When the flush that ends it was taken. */
  readonly end: number;
  /** In ms. */
  readonly length: Range;
  /** Of each place. */
  readonly totals: readonly Readonly<Record<Total, Range>>[];
  /** Durations of each place that the histogram at its end holds, in ms. */
  readonly durations: readonly (readonly number[])[];
  /** It may be missing from windows. */
  readonly isOptional: boolean;
}

const TOTALS: readonly Total[] = ['started', 'completed', 'errors', 'reset'];
/** Against the usual length, the time between two flushes that may be too long for one. */
const LONG = 1.4;
const ofEach = (range: (total: Total) => Range): Readonly<Record<Total, Range>> => ({
  started: range('started'),
  completed: range('completed'),
  errors: range('errors'),
  reset: range('reset'),
});
const NOTHING = ofEach(() => exactly(0));

/**
 * For each flush the interval that it ends. Of what came before the first nothing is known, except after an earlier pod.
 * @param isStored whether a flush is certainly stored; otherwise it may have been dropped
 */
export function intervalsOf(subject: Counted, isStored = (_: Arrived) => true): IntervalTruth[] {
  const { life, arrived, incidents, flushInterval } = subject;
  const { counters } = subject.sink;
  const clockSteps = incidents.filter(({ kind }) => kind === 'clock step').map(({ at }) => at);
  const isSet = (from: number, to: number) => clockSteps.some((at) => at > from && at <= to);
  // Deltas are since the flush before, whether it arrived or not. Where a flush may have been lost, ingest does not know since
  // when; so it is where a clock that was set made the flush before seem short. And it does not know the length of the interval
  // after a first flush, if a clock was set in it.
  const isDoubtful = (i: number): boolean => {
    const [flush, before] = [arrived[i] as Arrived, arrived[i - 1]];
    if (before === undefined) return false;
    if (before.beginsStream && isSet(before.cut, flush.cut)) return true;
    if (counters === 'totals') return false;
    const isLong = flush.cut - before.cut > LONG * flushInterval;
    return isLong || !isStored(before) || isSet((arrived[i - 2] ?? before).cut, flush.cut);
  };
  /** The counters of each place with which the next ones may be compared: of a flush that is stored, and of those since. */
  const seen = life.places.map((): readonly Seen[] => []);
  return arrived.map((flush, i) => {
    const before = arrived[i - 1];
    const mayBeDropped = !isStored(flush) && !(before && showsRestart(subject, before.cut, flush));
    const totals = life.places.map((_, place) => {
      const values = valuesAt(subject, place, flush);
      if (values === undefined) return NOTHING;
      const now = { at: flush.cut, values };
      const last = seen[place] as readonly Seen[];
      const known = last.length > 0 || before === undefined ? last : [{ at: before.cut, values: undefined }];
      seen[place] = mayBeDropped ? [...known, now] : [now];
      if (before === undefined) return firstTotals(subject, place, flush);
      // What a dropped flush added is in no later one.
      if (counters === 'deltas') return deltasOf(life, place, flush, isDoubtful(i) || mayBeDropped);
      const choices = known.map((each) => totalsOf(subject, place, each, flush, values, isDoubtful(i)));
      return ofEach((total) => span(choices.map((each) => each[total])) ?? exactly(0));
    });
    return {
      end: flush.cut,
      length:
        before === undefined
          ? firstLength(subject, flush)
          : lengthOf(life, before, flush, isSet, isDoubtful(i)),
      totals,
      durations: life.places.map((_, place) => {
        if (before === undefined && subject.earlierGone === undefined) return [];
        const start = life.processAt(flush.cut)?.start ?? flush.cut;
        return life.durations(place, Math.max(flush.previousCut, start), flush.cut);
      }),
      isOptional: isDoubtful(i) || !isStored(flush),
    };
  });
}

type Values = Partial<Record<Total, number>>;

interface Seen {
  readonly at: number;
  /** undefined: it was not there, so its counters were zero. */
  readonly values: Values | undefined;
}

/** The totals that a flush holds; undefined: none. */
function valuesAt({ life, has }: Counted, place: number, flush: Arrived): Values | undefined {
  const values: Values = {};
  const since = life.totalsSince(flush.cut);
  for (const total of TOTALS) {
    if (has(flush, place, total)) values[total] = life.count(place, total, since, flush.cut);
  }
  return Object.keys(values).length === 0 ? undefined : values;
}

/** Of counters that are what was added since the flush before. */
function deltasOf(
  life: Life,
  place: number,
  { cut, previousCut }: Arrived,
  isOptional: boolean,
): Readonly<Record<Total, Range>> {
  const since = Math.max(previousCut, life.totalsSince(cut));
  const range = (total: Total): Range => {
    const count = life.count(place, total, since, cut);
    return { low: isOptional ? 0 : count, high: count };
  };
  return ofEach(range);
}

/**
 * Of the first flush. If a record continues that of an earlier pod, the uptime shows that its counters began at zero, unless a
 * clock was set.
 */
function firstTotals(
  { life, earlierGone, incidents, sink }: Counted,
  place: number,
  { cut, names }: Arrived,
): Readonly<Record<Total, Range>> {
  if (earlierGone === undefined) return NOTHING;
  const isSet = incidents.some(({ kind }) => kind === 'clock step');
  const isShown = names.has('server.uptime') && !isSet && sink.counters === 'totals';
  const range = (total: Total): Range => {
    const count = life.count(place, total, earlierGone, cut);
    return { low: isShown ? count : 0, high: count };
  };
  return ofEach(range);
}

/** What begins before the creation of a pod does not count. */
function firstLength({ earlierGone }: Counted, { arrival }: Arrived): Range {
  return { low: 0, high: earlierGone === undefined ? 0 : arrival - earlierGone };
}

function totalsOf(
  subject: Counted,
  place: number,
  last: Seen,
  flush: Arrived,
  values: Values,
  isOptional: boolean,
): Readonly<Record<Total, Range>> {
  const { life } = subject;
  const { cut } = flush;
  const since = life.totalsSince(cut);
  const isReset = since > last.at;
  // One counter that fell shows that all of its scope were reset; if none did, only an uptime may show it.
  const hasFallen = TOTALS.some(
    (total) => (values[total] ?? Number.POSITIVE_INFINITY) < (last.values?.[total] ?? 0),
  );
  const isNoticed = hasFallen || showsRestart(subject, last.at, flush);
  const range = (total: Total): Range => {
    const from = last.values === undefined ? Number.NEGATIVE_INFINITY : last.at;
    const all = life.count(place, total, from, cut);
    // Those of an earlier process that no flush has counted may be missing.
    if (isOptional) return { low: 0, high: all };
    if (last.values === undefined) return { low: life.count(place, total, since, cut), high: all };
    if (!isReset) return exactly(all);
    return isNoticed ? exactly(life.count(place, total, since, cut)) : { low: 0, high: all };
  };
  return ofEach(range);
}

/** A process that began earlier may not differ from the next one by whole seconds, in ms. */
const MIN_LIFE_MS = 4_000;

/** Whether the uptime shows that a flush is of another process than the one at an earlier time. */
function showsRestart({ life, incidents }: Counted, at: number, { cut, names }: Arrived): boolean {
  const before = life.processAt(at);
  const isSet = incidents.some(({ kind }) => kind === 'clock step');
  if (before === undefined || isSet || !names.has('server.uptime')) return false;
  return before !== life.processAt(cut) && at - before.start > MIN_LIFE_MS;
}

/** Where a clock was set or a process restarted within it, the length is an estimate. */
function lengthOf(
  life: Life,
  before: Arrived,
  flush: Arrived,
  isSet: (from: number, to: number) => boolean,
  isOptional: boolean,
): Range {
  const [from, to] = [before.cut, flush.cut];
  const length = to - from;
  if (life.processes.some(({ start }) => start > from && start <= to)) return { low: 0, high: length };
  if (isSet(from, to)) return { low: 0, high: 2 * length };
  return isOptional ? { low: 0, high: length } : exactly(length);
}

/** What happened after one flush and up to another. */
export interface Stretch {
  /** Since when anything is known of it. */
  readonly from: number;
  readonly length: Range;
  total(places: readonly number[], total: Total): Range;
  /** With and without those of optional intervals. */
  durations(places: readonly number[]): readonly (readonly number[])[];
}

/** Those that end with flush `last` and begin after one from `first` to `latest`; -1: before all. */
export function stretchesOf(
  intervals: readonly IntervalTruth[],
  first: number,
  latest: number,
  last: number,
): Stretch[] {
  const stretches: Stretch[] = [];
  for (let begin = first; begin <= Math.min(latest, last - 1); begin++) {
    const inside = intervals.slice(begin + 1, last + 1);
    stretches.push({
      from: (intervals[Math.max(0, begin)] as IntervalTruth).end,
      length: inside.map(({ length }) => length).reduce(plus, exactly(0)),
      total: (places, total) =>
        inside
          .flatMap(({ totals }) => places.map((place) => totals[place]?.[total] ?? exactly(0)))
          .reduce(plus, exactly(0)),
      durations: (places) => choicesOf(inside, places),
    });
  }
  return stretches;
}

function choicesOf(inside: readonly IntervalTruth[], places: readonly number[]): number[][] {
  const of = ({ durations }: IntervalTruth) => places.flatMap((place) => durations[place] ?? []);
  let choices = [inside.filter(({ isOptional }) => !isOptional).flatMap(of)];
  for (const optional of inside.filter(({ isOptional }) => isOptional))
    choices = choices.flatMap((choice) => [choice, [...choice, ...of(optional)]]);
  return choices;
}
