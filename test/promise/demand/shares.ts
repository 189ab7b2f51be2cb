import type { AskedDemand } from '@activescale/devkit';
import { lastDue } from '../pod-check.ts';
import type { Range } from '../truth/range.ts';
import { isKept } from '../truth/subject.ts';
import { isAsked, type SimulatedGateway, sentOf } from './sent.ts';
import { type DestinationTruth, destinationTruth } from './truth.ts';

/** A stale source counts in sums for this time, in ms, and a destination without requests is written after a third of the freshness. */
const HOLD_MS = 30_000;
const REWRITTEN = 2 / 3;
/** After lost flushes, and after a clock was set, ingest expects longer flushes for a while. */
const MISTAKEN = 2.5;

/** What one gateway may add to the value of one destination at a time. */
export interface Share {
  readonly truth: DestinationTruth;
  /** The newest flush that must be stored; -1: none. */
  readonly due: number;
  /** The flushes that may be the last ones in its record; none: it has not pushed. */
  readonly flushes: readonly number[];
  /** The time since the last of them that must be known, in ms. */
  readonly age: number;
  /** It must be in the value if its flushes know the metric. */
  readonly isDue: boolean;
  /** It may be in the value. */
  readonly isPossible: boolean;
  /** It proves nothing any more, although its pod exists. */
  readonly isSilent: boolean;
  /** Valkey may have lost its records since it last wrote them, and METRIC_TTL has passed since. */
  readonly isForgotten: boolean;
}

/** The truths of a gateway about the destinations of a question, one for each port that it names. */
export function truthsOf(gateway: SimulatedGateway, asked: AskedDemand): readonly DestinationTruth[] {
  const targets = gateway.places.flatMap(({ target }) => (target === undefined ? [] : [target]));
  const ports = new Set(targets.filter((target) => isAsked(asked, target)).map(({ port }) => port));
  return [...ports].map((port) =>
    destinationTruth(sentOf(gateway, (target) => isAsked({ ...asked, port }, target))),
  );
}

/** A gateway without a cluster of the destination may prove that it sends no request there; undefined: this one has some. */
export function proverOf(gateway: SimulatedGateway, asked: AskedDemand): DestinationTruth | undefined {
  if (truthsOf(gateway, asked).length > 0) return undefined;
  return destinationTruth(sentOf(gateway, ({ kind }) => kind === asked.kind));
}

export function shareOf(truth: DestinationTruth, now: number, metricTtl: number): Share {
  const { gateway } = truth.sent;
  const { arrived, incidents, losses, flushInterval } = gateway;
  const due = lastDue(gateway, now, (flush) => isKept(gateway, flush));
  const newest = lastDue(gateway, now);
  const last = arrived.findLastIndex(({ begunAt }) => begunAt <= now);
  const arrival = arrived[due]?.arrival ?? Number.NEGATIVE_INFINITY;
  const age = now - arrival;
  const isMistaken = incidents.length > 0;
  const fresh = Math.max(metricTtl, 4 * flushInterval);
  const longest = Math.max(metricTtl, 4 * flushInterval * (isMistaken ? MISTAKEN : 1.1));
  const shortest = Math.max(metricTtl, 4 * flushInterval * (isMistaken ? 1 / MISTAKEN : 0.9));
  const candidates = Array.from({ length: last - due + 1 }, (_, i) => due + i).filter((flush) => flush >= 0);
  const earlier = lastOfEarlierProcess(truth, due);
  const isHeld = now - (arrived[earlier]?.arrival ?? Number.NEGATIVE_INFINITY) <= longest + HOLD_MS;
  const lostSince = (time: number, until = now) => losses.some((at) => at > time && at <= until);
  const lastArrival = arrived[newest]?.arrival ?? now;
  return {
    truth,
    due,
    flushes: isHeld ? [...candidates, earlier] : candidates,
    age,
    isDue: due >= 0 && age <= REWRITTEN * Math.min(fresh, shortest) && !lostSince(arrival),
    isPossible: now - (arrived[last]?.arrival ?? Number.NEGATIVE_INFINITY) <= longest + HOLD_MS,
    isSilent: newest >= 0 && now - lastArrival > longest,
    isForgotten: lostSince(lastArrival - (1 - REWRITTEN) * longest, now - metricTtl),
  };
}

/** The ranges of a metric at the flushes that may count, undefined for those of which nothing may be served. */
export function rangesOf({ truth, flushes }: Share, metric: string): readonly (Range | undefined)[] {
  return flushes.map((flush) => truth.range(flush, metric));
}

/**
 * The last flush of an earlier process of the gateway that mentions the destination, if the present one has not mentioned it:
 * its record is as if the gateway were silent. -1: none.
 */
function lastOfEarlierProcess({ sent }: DestinationTruth, due: number): number {
  const { arrived, life } = sent.gateway;
  const mentioned = arrived.findLastIndex((_, flush) => flush <= due && sent.seen(flush).length > 0);
  const [before, now] = [arrived[mentioned], arrived[due]];
  const isEarlier = before && now && life.processAt(before.cut) !== life.processAt(now.cut);
  return isEarlier ? mentioned : -1;
}
