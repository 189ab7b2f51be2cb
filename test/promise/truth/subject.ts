import type { Incident, Life } from '../envoy/life.ts';
import type { ProxyKind } from '../envoy/names.ts';
import type { Sink } from '../envoy/sink.ts';
import type { Arrived } from '../envoy/timeline.ts';
import type { Fact } from './facts.ts';

/** An Envoy whose requests are counted, as the truth knows it. */
export interface Counted {
  readonly life: Life;
  readonly arrived: readonly Arrived[];
  readonly incidents: readonly Incident[];
  readonly flushInterval: number;
  readonly sink: Sink;
  readonly bounds: readonly (readonly number[])[];
  /** When an earlier pod with its name and address was gone, whose record it continues, in ms of the simulation. */
  readonly earlierGone?: number | undefined;
  /** Whether the filter lets all stats of a fact pass. */
  shows(place: number, fact: Fact): boolean;
  /** Whether a flush has a stat of the fact. */
  has(flush: Arrived, place: number, fact: Fact): boolean;
}

/** The Envoy of a pod. */
export interface Subject extends Counted {
  /** No other Envoy pushes for its pod. */
  readonly isAlone: boolean;
  readonly passes: (name: string) => boolean;
  readonly proxy: ProxyKind;
  readonly isFilterShown: boolean;
}

/**
 * Whether the flush is certainly stored. One that begins a stream and differs from the one before, as the first one after a
 * restart may, looks as if messages before it were missing. One whose rest arrived on another stream is withdrawn.
 */
export function isKept(
  { incidents }: Pick<Counted, 'incidents'>,
  { beginsStream, isLikeLast, isBroken }: Arrived,
): boolean {
  const mayHaveRestarted = incidents.some(({ kind }) => kind === 'restart' || kind === 'hot restart');
  return !isBroken && (!beginsStream || (isLikeLast && !mayHaveRestarted));
}
