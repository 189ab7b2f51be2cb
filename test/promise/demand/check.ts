import type { AskedDemand } from '@activescale/devkit';
import type { MetricValue } from '@activescale/protocol/kubernetes';
import { EPOCH } from '../envoy/timeline.ts';
import { DUE_MS, ROUNDED } from '../pod-check.ts';
import { includes, type Range, span } from '../truth/range.ts';
import { isDue } from './due.ts';
import { heldRange } from './held.ts';
import { rangesOf, type Share } from './shares.ts';
import { sumOf } from './sums.ts';
import { checkZero } from './zero.ts';

/** How long a silent source counts in sums after its record was fresh, in ms. */
const HOLD_MS = 30_000;
/** The longest time for which a flush interval makes a record fresh, in ms. */
const MAX_LIFE_MS = 300_000;

const MERGED = /duration|ratio/;

export interface AskedMetric {
  /** Without `demand_`. */
  readonly metric: string;
  /** In ms of the simulation. */
  readonly now: number;
  readonly demandHold: number;
  /** Those of gateways without a cluster of the destination. */
  readonly others: readonly Share[];
}

/** @returns the error in a value of a destination that these shares are all of; undefined: none */
export function checkDemand(
  shares: readonly Share[],
  asked: AskedMetric,
  { value, timestamp }: MetricValue,
): string | undefined {
  const { metric, now, demandHold, others } = asked;
  const age = now - (timestamp - EPOCH);
  if (age < 0) return 'is from the future';
  if (age > MAX_LIFE_MS + HOLD_MS) return `is ${age} ms old`;
  const isMerged = MERGED.test(metric);
  const range =
    metric === 'requests'
      ? heldRange(shares, now, demandHold)
      : isMerged
        ? span(possible(shares, metric))
        : sumOf(shares, metric);
  if (range === undefined) return `is ${value}, but cannot be known`;
  if (!includes(range, value, ROUNDED * (shares.length + 1)))
    return `is ${value}, not from ${range.low} to ${range.high}`;
  const at = age < DUE_MS ? undefined : timestamp - EPOCH;
  return value === 0 && !isMerged ? checkZero(shares, others, metric, at) : undefined;
}

/** @returns why a value must not be absent; undefined: it may */
export function checkAbsent(
  shares: readonly Share[],
  others: readonly Share[],
  metric: string,
  asked: AskedDemand,
): string | undefined {
  if (MERGED.test(metric) || !isDue(shares, others, asked, metric)) return undefined;
  return 'is absent, although all gateways show everything';
}

function possible(shares: readonly Share[], metric: string): readonly Range[] {
  return shares
    .filter(({ isPossible }) => isPossible)
    .flatMap((share) => rangesOf(share, metric))
    .filter((range) => range !== undefined);
}
