import type { ScannedMessage } from '@activescale/protocol/envoy';
import type { ScopeRules, Signal } from './scopes.ts';

/** The sums of one flush: all messages of a stream with the same snapshot time. */
export interface Flush {
  /** Envoy's snapshot time in ms since the epoch; 0 where no family of the flush had one. */
  readonly timestamp: number;
  /** When the newest part arrived, in ms of the process's monotonic clock. */
  arrival: number;
  /** Messages put together so far. */
  parts: number;
  /** Families in all parts, ours or not. */
  families: number;
  active: number;
  upstreamActive: number;
  pending: number;
  /** How many gauges of active requests were summed; 0: Envoy has never used one. */
  gauges: number;
  /** A gauge that no sum may hold, as `name=value`; the flush is then worth nothing. */
  invalid: string | undefined;
}

export function startFlush(timestamp: number): Flush {
  return {
    timestamp,
    arrival: 0,
    parts: 0,
    families: 0,
    active: 0,
    upstreamActive: 0,
    pending: 0,
    gauges: 0,
    invalid: undefined,
  };
}

/** Adds one message to its flush and returns how many of its families counted. */
export function addPart(flush: Flush, message: ScannedMessage, rules: ScopeRules, arrival: number): number {
  flush.arrival = arrival;
  flush.parts++;
  flush.families += message.families;
  let counted = 0;
  for (const family of message.wanted) {
    const signal = rules.signalOf(family);
    if (signal === undefined) continue;
    counted++;
    addGauge(flush, signal, family.name, family.value);
  }
  return counted;
}

function addGauge(flush: Flush, signal: Signal, name: string, value: number): void {
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
    flush.invalid ??= `${name}=${value}`;
    return;
  }
  flush[signal] += value;
  if (signal === 'active') flush.gauges++;
}
