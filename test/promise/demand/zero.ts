import { ROUNDED } from '../pod-check.ts';
import { type Fact, factsOf } from '../truth/facts.ts';
import type { Sent, SimulatedGateway } from './sent.ts';
import { rangesOf, type Share } from './shares.ts';

/** The facts of which a 0 of each metric says that they are 0. */
function neededFor(metric: string): readonly Fact[] {
  if (metric === 'requests_per_second') return ['started', 'reset'];
  return metric === 'requests' ? ['active', 'reset'] : factsOf(metric);
}

/**
 * @param shares of all gateways that exist and have clusters of the destination
 * @param others of all others, with their clusters of destinations of this kind
 * @param at the time of the value, in ms of the simulation; undefined: a flush of that time may be incomplete
 * @returns why a sum of 0 is not proven; undefined: it is
 */
export function checkZero(
  shares: readonly Share[],
  others: readonly Share[],
  metric: string,
  at: number | undefined,
): string | undefined {
  const [doubt] = shares.flatMap(
    (share) => doubtOf(share, metric) ?? contradictionOf(share, metric, at) ?? [],
  );
  if (doubt !== undefined) return doubt;
  // Of a destination that is mentioned, a filter that names ports measures only those (docs/proxies/README.md).
  const seen = new Set(shares.filter((share) => !isUnseen(share)).map(gatewayOf));
  const isHidden = shares.some((share) => !seen.has(gatewayOf(share)) && hasRequests(share, metric));
  const isProven = [...shares, ...others].some((share) => proves(share, metric));
  return isHidden && !isProven ? 'is 0, although the gateways hide their requests' : undefined;
}

/** What one gateway that reports the destination has against a 0. */
function doubtOf(share: Share, metric: string): string | undefined {
  const { truth, due, isSilent, isForgotten, isPossible } = share;
  if (due < 0 || truth.sent.seen(due).length === 0) return undefined;
  // Nothing shows a source that has not pushed since (docs/architecture.md, Lost records).
  if (isForgotten) return undefined;
  if (isSilent) return 'is 0, although a gateway that reports it is silent';
  if (isPossible && hides(share, metric)) return 'is 0, although a gateway that reports it hides a stat';
  const ranges = rangesOf(share, metric === 'requests' ? 'active_requests' : metric);
  const isMore = ranges.every((range) => range !== undefined && range.low > ROUNDED);
  return isMore ? `is 0, although a gateway has requests at its flush ${due}` : undefined;
}

/**
 * What the flushes of a gateway since the time of the value have against a 0, if one has that time. The value has the time of its
 * oldest record, so another record may be of a later flush.
 */
function contradictionOf(share: Share, metric: string, at: number | undefined): string | undefined {
  const gauge = metric === 'requests' ? 'active_requests' : metric;
  if (at === undefined || (gauge !== 'active_requests' && gauge !== 'pending_requests')) return undefined;
  const { truth, flushes } = share;
  const { arrived } = truth.sent.gateway;
  const isOfTime = (flush: number) => arrived[flush]?.arrival === at || arrived[flush]?.begunAt === at;
  if (!flushes.some(isOfTime)) return undefined;
  const since = flushes.filter((flush) => isOfTime(flush) || (arrived[flush]?.arrival ?? 0) > at);
  const isMore = since.every((flush) => (truth.range(flush, gauge)?.low ?? 0) > ROUNDED);
  return isMore ? `is 0, although a gateway has requests at its flush ${since.join()}` : undefined;
}

function gatewayOf({ truth }: Share): SimulatedGateway {
  return truth.sent.gateway;
}

/** Whether the flushes that may count do not mention the destination. */
function isUnseen({ truth, flushes }: Share): boolean {
  return flushes.every((flush) => truth.sent.seen(flush).length === 0);
}

function hides({ truth: { sent }, due }: Share, metric: string): boolean {
  return sent.seen(due).some((place) => !showsAll(sent, place, metric));
}

function showsAll(sent: Sent, place: number, metric: string): boolean {
  if (metric === 'pending_requests') return sent.showsPending(place);
  return neededFor(metric).every((fact) => sent.shows(place, fact));
}

/** Whether a gateway is live, and shows its requests to these clusters or, if it has none yet, would show them. */
function proves({ truth: { sent }, isSilent, flushes }: Share, metric: string): boolean {
  const last = Math.max(-1, ...flushes);
  const seen = sent.seen(last);
  const places = seen.length > 0 ? seen : sent.own;
  return !isSilent && last >= 0 && places.every((place) => showsAll(sent, place, metric));
}

/** Whether the metric is above 0 at the last flush that must be known, whatever the filter hides. */
function hasRequests({ truth: { sent }, due }: Share, metric: string): boolean {
  const { life, arrived } = sent.gateway;
  const [before, at] = [arrived[due - 1], arrived[due]];
  if (before === undefined || at === undefined) return false;
  return sent.own.some((place) => {
    switch (metric) {
      case 'pending_requests':
        return life.pending(place, at.cut) > 0;
      case 'requests_per_second':
        return life.count(place, 'started', before.cut, at.cut) > 0;
      case 'rejected_requests_per_second':
        return life.count(place, 'reset', before.cut, at.cut) > 0;
      default:
        return life.inFlight(place, at.cut) > 0;
    }
  });
}
