import { factsOf } from '../truth/facts.ts';
import { exactly, plus, type Range, span } from '../truth/range.ts';
import { rangesOf, type Share } from './shares.ts';

/** With what may be in the value, and without what need not be. */
export function sumOf(shares: readonly Share[], metric: string): Range {
  return shares
    .map((share) => {
      const ranges = rangesOf(share, metric);
      const known = span(ranges.filter((range) => range !== undefined));
      if (known === undefined || !share.isPossible) return exactly(0);
      const isCertain =
        share.isDue &&
        !share.flushes.some((flush) => share.truth.mayBegin(flush, metric)) &&
        ranges.every((range) => range !== undefined) &&
        factsOf(metric).every((fact) => share.truth.sent.isCertain(share.due, fact));
      return { low: isCertain ? Math.max(0, known.low) : 0, high: known.high };
    })
    .reduce(plus, exactly(0));
}
