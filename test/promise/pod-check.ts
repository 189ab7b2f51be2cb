import type { MetricValue } from '@activescale/protocol/kubernetes';
import { type Arrived, EPOCH } from './envoy/timeline.ts';
import type { SimulatedPod } from './simulation.ts';
import { includes } from './truth/range.ts';
import { isKept, type Subject } from './truth/subject.ts';
import type { Truth } from './truth/truth.ts';

/** The queries and their times, in ms of the simulation. */
export interface Asked {
  readonly metric: string;
  readonly now: number;
  readonly metricTtl: number;
}

/** How long after its arrival a flush must be the answer, in ms: ingest waits for more parts of it. */
export const DUE_MS = 60;

/** What a record rounds away, in the metric's unit. */
export const ROUNDED = 2e-3;

/** @returns the error in the values of these pods, which are all that exist; undefined: none */
export function checkPods(
  existing: readonly SimulatedPod[],
  asked: Asked,
  values: readonly MetricValue[],
): string | undefined {
  for (const value of values) {
    const pod = existing.find(({ name }) => name === value.name);
    if (pod === undefined) return `is served of ${value.name}, which does not exist`;
    const problem = checkValue(pod, asked, value);
    if (problem !== undefined) return `of ${value.name} ${problem}`;
  }
  for (const pod of existing) {
    const flush = dueWhereAllIsKnown(pod, asked);
    if (flush !== undefined && !values.some(({ name }) => name === pod.name))
      return `of ${pod.name} is absent, though all of flush ${flush} is known`;
  }
  return undefined;
}

function checkValue(
  { truths }: SimulatedPod,
  asked: Asked,
  { value, timestamp, windowSeconds = 0 }: MetricValue,
): string | undefined {
  const { now, metricTtl } = asked;
  const arrival = timestamp - EPOCH;
  if (arrival > now) return 'is from the future';
  const longest = Math.max(...truths.map(({ subject }) => longestFlush(subject)));
  if (now - arrival > Math.max(metricTtl, 4 * longest)) return `is ${now - arrival} ms old`;
  const rightful = rightfulOf(truths, now);
  const candidates = rightful === undefined ? truths : [rightful];
  // Flushes of two Envoys may arrive in the same millisecond.
  const problems = candidates.flatMap((truth) => {
    const flush = flushAt(truth.subject, arrival);
    return flush === -1 ? [] : [checkFlush(truth, flush, asked, value, windowSeconds, truths.length === 1)];
  });
  if (problems.length === 0) return `is of ${arrival} ms, when no flush arrived of the Envoy that counts`;
  return problems.includes(undefined) ? undefined : problems[0];
}

/** The number of the flush that arrived at a time, or of which the first message did; -1: none. */
export function flushAt({ arrived }: Pick<Subject, 'arrived'>, time: number): number {
  return arrived.findIndex(({ arrival, begunAt }) => arrival === time || begunAt === time);
}

/** After lost flushes, and after a clock was set, ingest expects longer flushes for a while. */
function longestFlush({ incidents, flushInterval }: Subject): number {
  const isMistaken = incidents.some(({ kind }) => kind !== 'restart' && kind !== 'hot restart');
  return (isMistaken ? 2.5 : 1.1) * flushInterval;
}

function checkFlush(
  { subject, at }: Truth,
  flush: number,
  { metric, now }: Asked,
  value: number,
  windowSeconds: number,
  isAlone: boolean,
): string | undefined {
  const due = lastStored(subject, now);
  if (isAlone && flush < due) return `is of flush ${flush}, though ${due} has arrived`;
  const { range, knownFor } = at(flush, metric);
  const { arrival, isBroken } = subject.arrived[flush] as Arrived;
  // Until its rest is complete, nothing shows that there is one.
  if (isBroken && now - arrival < DUE_MS) return undefined;
  const truth = range();
  if (truth === undefined) return `is ${value}, but cannot be known at flush ${flush}`;
  // Envoy's clock measures windows, in whole seconds, and may have been set.
  if (windowSeconds * 1_000 > 1.5 * knownFor + 1_000)
    return `is of ${windowSeconds} s, but has been known for ${knownFor} ms, at flush ${flush}`;
  if (includes(truth, value, ROUNDED)) return undefined;
  return `is ${value}, not from ${truth.low} to ${truth.high}, at flush ${flush}`;
}

/** The newest flush that ingest must know to be whole; -1: none. */
export function lastDue(
  { arrived }: Pick<Subject, 'arrived'>,
  now: number,
  isStored = (_: Arrived) => true,
): number {
  return arrived.findLastIndex((flush) => flush.arrival + DUE_MS < now && isStored(flush));
}

/** The newest flush of a pod that must be served; -1: none. */
export function lastStored(subject: Subject, now: number): number {
  return lastDue(subject, now, (flush) => isKept(subject, flush));
}

/** Another Envoy notices within a flush that it does not count, and waits for 3 s or three flushes (docs/architecture.md). */
const SETTLED_MS = 6_000;
const SETTLED_FLUSHES = 5;

/** The sidecar, if it has pushed without a gap for long enough that it alone must be served. */
function rightfulOf(truths: readonly Truth[], now: number): Truth | undefined {
  const [sidecar] = truths;
  if (sidecar === undefined || truths.length === 1) return undefined;
  const { arrived, flushInterval, proxy } = sidecar.subject;
  if (proxy === 'other') return undefined; // of equals either may count
  const since = now - SETTLED_MS - SETTLED_FLUSHES * flushInterval;
  const times = [since, ...arrived.map(({ arrival }) => arrival).filter((at) => at > since && at < now), now];
  const hasBegun = (arrived[0]?.arrival ?? now) < since;
  const longestGap = Math.max(...times.map((time, i) => (i === 0 ? 0 : time - (times[i - 1] as number))));
  return hasBegun && longestGap < 1.5 * flushInterval ? sidecar : undefined;
}

/** The newest flush of a pod whose Envoy shows all that it does, if nothing has happened to it; undefined: none. */
function dueWhereAllIsKnown({ truths }: SimulatedPod, { metric, now, metricTtl }: Asked): number | undefined {
  const [truth] = truths;
  if (truth === undefined || truths.length > 1 || truth.subject.incidents.length > 0) return undefined;
  const due = lastStored(truth.subject, now);
  const flush = truth.subject.arrived[due];
  if (flush === undefined || now - flush.arrival > metricTtl) return undefined;
  // A later one may be the answer already.
  const last = truth.subject.arrived.findLastIndex(({ begunAt }) => begunAt <= now);
  const candidates = Array.from({ length: last - due + 1 }, (_, i) => truth.at(due + i, metric));
  return candidates.every(({ isDue }) => isDue()) ? due : undefined;
}
