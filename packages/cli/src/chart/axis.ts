/** One direction of a panel: values, and where they are drawn. */
export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
  /** The position of a value, in pixels with one decimal: finer cannot be seen. */
  at(value: number): number;
}

/** About as many ticks as fit. */
const TICKS = 6;

/**
 * An axis from 0, or from a lower value, to the next tick above the highest value.
 * @param start position of the lowest value, in pixels
 * @param end of the highest
 */
export function axisOf(values: readonly number[], start: number, end: number): Axis {
  const [low, high] = extent(values);
  const step = stepOf(high - low);
  const [first, last] = [Math.floor(low / step), Math.ceil(high / step)];
  const [from, to] = [first * step, last * step];
  return {
    from,
    to,
    // The multiples of a step such as 0.1 have no exact binary fraction.
    ticks: Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12))),
    at: (value) => Math.round(10 * (start + ((value - from) / (to - from)) * (end - start))) / 10,
  };
}

function extent(values: readonly number[]): [low: number, high: number] {
  let [low, high] = [0, 0];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return low === high ? [low, low + 1] : [low, high];
}

/** 1, 2 or 5 times a power of ten. */
function stepOf(span: number): number {
  const rough = span / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5].find((each) => each * power >= rough) ?? 10;
  return factor * power;
}
