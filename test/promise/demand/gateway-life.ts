import { countUpTo, createLife, type Incident, type Life } from '../envoy/life.ts';
import { type Phase, requestsOf } from '../envoy/traffic.ts';
import type { GatewayPlace } from './names.ts';

/** Why requests are rejected: no endpoint is healthy, or too many wait. */
export type Rejection = 'unhealthy' | 'overflow';

/** A time in which requests of one kind are sent to one cluster. */
export interface GatewayPhase extends Phase {
  /** All of them are rejected; undefined: none is. */
  readonly rejection: Rejection | undefined;
}

/**
 * What has happened to the requests of a gateway. `started`, `completed` and `errors` count rejected requests too, and `reset`
 * counts nothing else; they were never in flight.
 */
export interface GatewayLife extends Life {
  rejected(place: number, why: Rejection, from: number, to: number): number;
  /** Requests that the gateway has received, whatever became of them. */
  received(place: number, from: number, to: number): number;
}

export interface GatewayLifeOptions {
  readonly places: readonly GatewayPlace[];
  readonly phases: readonly GatewayPhase[];
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  readonly incidents: readonly Incident[];
}

export function createGatewayLife({ phases, seed, ...options }: GatewayLifeOptions): GatewayLife {
  const served = phases.filter(({ rejection }) => rejection === undefined);
  const requests = requestsOf(served, seed).map((request) => {
    const { start, end, sent } = request;
    // A request that is answered has been sent.
    return { ...request, sent: Math.min(sent, start + (end - start) / 2) };
  });
  const life = createLife({ ...options, requests });
  const rejections = options.places.map((_, place) => ({
    unhealthy: rejectionsAt(life, phases, place, 'unhealthy', seed),
    overflow: rejectionsAt(life, phases, place, 'overflow', seed),
  }));
  const rejected = (place: number, why: Rejection, from: number, to: number): number => {
    const times = rejections[place]?.[why] ?? [];
    return countUpTo(times, to) - countUpTo(times, from);
  };
  const allRejected = (place: number, from: number, to: number) =>
    rejected(place, 'unhealthy', from, to) + rejected(place, 'overflow', from, to);
  return {
    ...life,
    rejected,
    received: (place, from, to) => life.count(place, 'started', from, to) + allRejected(place, from, to),
    count(place, total, from, to) {
      const all = allRejected(place, from, to);
      if (total === 'reset') return all;
      return all + (total === 'started' ? life.sentOn(place, from, to) : life.count(place, total, from, to));
    },
  };
}

function rejectionsAt(
  life: Life,
  phases: readonly GatewayPhase[],
  place: number,
  why: Rejection,
  seed: number,
): readonly number[] {
  const own = phases.filter((phase) => phase.rejection === why && phase.place === place);
  const times = requestsOf(own, seed + 1).map(({ start }) => start);
  return times.filter((time) => life.processAt(time) !== undefined);
}
