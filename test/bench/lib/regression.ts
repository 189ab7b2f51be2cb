/** A straight line through points by least squares. */
export interface Line {
  readonly intercept: number;
  readonly slope: number;
  /** Standard error of the slope; NaN of fewer than three points. */
  readonly error: number;
  /** Share of the variance that the line explains, 0 to 1. */
  readonly r2: number;
}

export function fitLine(points: readonly (readonly [number, number])[]): Line {
  const n = points.length;
  const mean = (of: (point: readonly [number, number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / n;
  const [x, y] = [mean(([x]) => x), mean(([, y]) => y)];
  const sum = (of: (dx: number, dy: number) => number) =>
    points.reduce((total, point) => total + of(point[0] - x, point[1] - y), 0);
  const sxx = sum((dx) => dx * dx);
  const slope = sum((dx, dy) => dx * dy) / sxx;
  const residual = sum((dx, dy) => (dy - slope * dx) ** 2);
  const total = sum((_, dy) => dy * dy);
  return {
    intercept: y - slope * x,
    slope,
    error: n > 2 ? Math.sqrt(residual / (n - 2) / sxx) : Number.NaN,
    r2: total > 0 ? 1 - residual / total : 1,
  };
}
