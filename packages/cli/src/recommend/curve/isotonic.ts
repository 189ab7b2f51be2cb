/** A value, and how much it counts. */
export interface Weighted {
  readonly value: number;
  /** > 0 */
  readonly weight: number;
}

/**
 * The closest values that never fall: those that do are replaced by their mean (pool adjacent violators,
 * https://www.jstatsoft.org/article/view/v032i05).
 */
export function isotonic(points: readonly Weighted[]): number[] {
  const pools: { value: number; weight: number; count: number }[] = [];
  for (const { value, weight } of points) {
    let pool = { value, weight, count: 1 };
    for (let last = pools.at(-1); last !== undefined && last.value >= pool.value; last = pools.at(-1)) {
      pools.pop();
      const sum = last.weight + pool.weight;
      const mean = (last.value * last.weight + pool.value * pool.weight) / sum;
      pool = { value: mean, weight: sum, count: last.count + pool.count };
    }
    pools.push(pool);
  }
  return pools.flatMap(({ value, count }) => new Array<number>(count).fill(value));
}
