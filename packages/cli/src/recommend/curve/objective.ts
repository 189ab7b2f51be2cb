import { quantileOf } from '@activescale/metrics';
import { UsageError } from '../../usage-error.ts';
import type { Bin } from './bins.ts';

/** A limit for a measure of a pod's requests. */
export interface Objective {
  /** `mean`, `errors` or a quantile such as `p95`. */
  readonly measure: string;
  /** For a quantile, above 0 and below 1. */
  readonly quantile?: number;
  /** In s, or a ratio for errors. */
  readonly limit: number;
  /** What the limit is of: a value, times the value of an unloaded pod, or more than that value. */
  readonly unit: 'value' | 'times unloaded' | 'more than unloaded';
}

/** Errors too, because a pod that rejects requests answers quickly. */
export const DEFAULT_OBJECTIVES: readonly Objective[] = [
  { measure: 'mean', limit: 1.5, unit: 'times unloaded' },
  { measure: 'errors', limit: 0.01, unit: 'more than unloaded' },
];

const MAX_OBJECTIVES = 8;
const PART = /^(mean|errors|p\d{1,2}(?:\.\d{1,2})?)=(\d+(?:\.\d+)?)(ms|s|%|x)$/;

/** `p95=400ms`, `mean=0.2s`, `mean=2x`, `errors=1%`, or several with commas. @throws UsageError */
export function parseObjectives(text: string): readonly Objective[] {
  const parts = text.split(',');
  const parsed = parts.slice(0, MAX_OBJECTIVES + 1).map(parseOne);
  if (parsed.length > MAX_OBJECTIVES || parsed.includes(undefined))
    throw new UsageError(
      `--slo ${JSON.stringify(text)}: expected p95=400ms, mean=1.5x or errors=1%, or up to ${MAX_OBJECTIVES} with commas`,
    );
  return parsed.filter((each) => each !== undefined);
}

function parseOne(part: string): Objective | undefined {
  const [, measure = '', digits = '', unit] = PART.exec(part) ?? [];
  const number = Number(digits);
  if (number === 0 || (measure === 'errors') !== (unit === '%')) return undefined;
  const of = { measure, ...(measure.startsWith('p') && { quantile: Number(measure.slice(1)) / 100 }) };
  if (of.quantile === 0) return undefined;
  if (unit === 'x') return number > 1 ? { ...of, limit: number, unit: 'times unloaded' } : undefined;
  const factor = { s: 1, ms: 1e-3, '%': 1e-2 }[unit as 's'];
  return { ...of, limit: number * factor, unit: 'value' };
}

/** The value of the objective's measure; undefined: unknown. */
export function valueIn({ measure, quantile }: Objective, bin: Bin): number | undefined {
  if (measure === 'errors') return bin.errorRatio;
  if (quantile === undefined) return bin.mean;
  const { buckets, timed } = bin.cell;
  const counted = buckets.flatMap(({ counts }) => counts).reduce((sum, count) => sum + count, 0);
  // Some histograms may come without buckets; there is no quantile of a part of the requests.
  const ms = counted < timed * (1 - 1e-6) ? undefined : quantileOf(buckets, quantile);
  return ms === undefined ? undefined : ms / 1000;
}

/** The limit as a value. undefined: it depends on the unloaded pod, of which this is unknown. */
export function limitOf(objective: Objective, unloaded: Bin | undefined): number | undefined {
  const { limit, unit } = objective;
  if (unit === 'value') return limit;
  const value = unloaded && valueIn(objective, unloaded);
  if (value === undefined) return undefined;
  return unit === 'times unloaded' ? limit * value : limit + value;
}
