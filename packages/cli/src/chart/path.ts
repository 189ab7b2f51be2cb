import type { Axis } from './axis.ts';
import type { Line, Point } from './chart.ts';

interface Known extends Point {
  readonly y: number;
}

/** The `d` of a line. A gap begins a new part. */
export function linePath({ shape, points }: Pick<Line, 'shape' | 'points'>, x: Axis, y: Axis): string {
  const at = (point: Known) => `${x.at(point.x)} ${y.at(point.y)}`;
  switch (shape) {
    case 'dots':
      // Lines without a length, of which only the round ends are visible.
      return points
        .filter(isKnown)
        .map((point) => `M${at(point)}h0`)
        .join('');
    case 'line':
      return knownParts(points)
        .map((part) => `M${thinned(part, x).map(at).join('L')}`)
        .join('');
    case 'step':
      return knownParts(points)
        .map((part) => stepPath(part, x, y))
        .join('');
  }
}

/** Horizontal to the next value, then vertical to it. */
function stepPath(part: readonly Known[], x: Axis, y: Axis): string {
  const [first] = part;
  const last = part.at(-1);
  if (first === undefined || last === undefined) return '';
  let path = `M${x.at(first.x)} ${y.at(first.y)}`;
  let before = first.y;
  for (const point of part) {
    if (point.y === before) continue;
    path += `H${x.at(point.x)}V${y.at(point.y)}`;
    before = point.y;
  }
  return `${path}H${x.at(last.x)}`;
}

/** The lowest and the highest point of each pixel: more cannot be seen. */
function thinned(part: readonly Known[], x: Axis): Known[] {
  const columns = Map.groupBy(part, (point) => Math.round(x.at(point.x)));
  return [...columns.values()].flatMap((column) => {
    if (column.length <= 2) return column;
    const lowest = column.reduce((a, b) => (b.y < a.y ? b : a));
    const highest = column.reduce((a, b) => (b.y > a.y ? b : a));
    if (lowest === highest) return [lowest];
    return lowest.x < highest.x ? [lowest, highest] : [highest, lowest];
  });
}

/** Split at the gaps. */
function knownParts(points: readonly Point[]): Known[][] {
  const parts: Known[][] = [[]];
  for (const point of points) {
    if (isKnown(point)) parts.at(-1)?.push(point);
    else if (parts.at(-1)?.length !== 0) parts.push([]);
  }
  return parts.filter(({ length }) => length > 0);
}

function isKnown(point: Point): point is Known {
  return point.y !== undefined;
}
