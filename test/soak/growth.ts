import { fitLine } from '../bench/lib/regression.ts';

/** How a quantity changed over the second half of a run, when everything is warm. */
export interface Growth {
  /** The line's values at half time and at the end. */
  readonly middle: number;
  readonly end: number;
  /** Slope of the line, and its standard error, for an hour. */
  readonly perHour: number;
  readonly error: number;
  /** Whether it grows beyond doubt, and by more than a trifle. */
  readonly grows: boolean;
}

/** Looks a few seconds apart are not independent, so the error of plain least squares is too small: by about this. */
const DEPENDENCE = 3;
/** Growth over the looked-at half that is no leak: V8 and the allocator move by so much. A share. */
const TRIFLE = 0.03;

/** @param series [s, quantity], in order */
export function growthOf(series: readonly (readonly [number, number])[]): Growth {
  const half = series.slice(Math.floor(series.length / 2));
  const line = fitLine(half);
  const [from = 0, to = 0] = [half[0]?.[0], half.at(-1)?.[0]];
  const [middle, end] = [line.intercept + line.slope * from, line.intercept + line.slope * to];
  const certain = line.slope > 2 * DEPENDENCE * line.error;
  return {
    middle,
    end,
    perHour: line.slope * 3_600,
    error: DEPENDENCE * line.error * 3_600,
    grows: certain && end - middle > TRIFLE * middle,
  };
}
