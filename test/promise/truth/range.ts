/** The permitted values. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

export const exactly = (value: number): Range => ({ low: value, high: value });

export function plus(a: Range, b: Range): Range {
  return { low: a.low + b.low, high: a.high + b.high };
}

export function sumOf(ranges: readonly Range[]): Range {
  return ranges.reduce(plus, exactly(0));
}

/** Of ranges of which any may be the one; undefined: of none. */
export function span(ranges: readonly Range[]): Range | undefined {
  if (ranges.length === 0) return undefined;
  return {
    low: Math.min(...ranges.map(({ low }) => low)),
    high: Math.max(...ranges.map(({ high }) => high)),
  };
}

/** `a` over `b`, neither below zero; undefined where `b` is zero. */
export function over(a: Range, b: Range): Range | undefined {
  if (b.high <= 0) return undefined;
  return { low: a.low / b.high, high: b.low > 0 ? a.high / b.low : Number.POSITIVE_INFINITY };
}

/** What a record rounds, relative and absolute. */
export function includes({ low, high }: Range, value: number, slack: number): boolean {
  return value >= low - slack - 1e-9 * Math.abs(low) && value <= high + slack + 1e-9 * Math.abs(high);
}
