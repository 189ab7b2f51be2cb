export interface Plot {
  readonly title: string;
  /** What the axes show. */
  readonly x: string;
  readonly y: string;
  readonly points: readonly (readonly [number, number])[];
  /** Intercept and slope of a line to be drawn with them. */
  readonly line: readonly [number, number];
}

const WIDTH = 720;
const HEIGHT = 400;
const LEFT = 60;
const BOTTOM = 50;
const TOP = 40;
const RIGHT = 20;

/** A scatter plot with a line, as an SVG that reads on light and dark ground. */
export function linePlot({ title, x, y, points, line: [intercept, slope] }: Plot): string {
  const largestX = niceAbove(Math.max(...points.map(([px]) => px)));
  const largestY = niceAbove(Math.max(...points.map(([, py]) => py), intercept + slope * largestX));
  const atX = (value: number) => LEFT + (value / largestX) * (WIDTH - LEFT - RIGHT);
  const atY = (value: number) => HEIGHT - BOTTOM - (value / largestY) * (HEIGHT - BOTTOM - TOP);
  const ticks = [0, 1, 2, 3, 4, 5].map((part) => part / 5);
  const grid = ticks.flatMap((part) => {
    const [px, py] = [atX(part * largestX), atY(part * largestY)];
    return [
      `<path d="M${LEFT} ${py.toFixed(1)}H${WIDTH - RIGHT}" stroke="#8884"/>`,
      `<text x="${LEFT - 8}" y="${(py + 4).toFixed(1)}" text-anchor="end">${label(part * largestY)}</text>`,
      `<text x="${px.toFixed(1)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${label(part * largestX)}</text>`,
    ];
  });
  const dots = points.map(
    ([px, py]) => `<circle cx="${atX(px).toFixed(1)}" cy="${atY(py).toFixed(1)}" r="4" fill="#3b7dd8"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="#808080">`,
    `<title>${title}</title>`,
    `<text x="${WIDTH / 2}" y="20" text-anchor="middle" font-size="14">${title}</text>`,
    ...grid,
    `<path d="M${atX(0)} ${atY(Math.max(0, intercept)).toFixed(1)}L${atX(largestX)} ${atY(intercept + slope * largestX).toFixed(1)}" stroke="#808080" stroke-dasharray="4"/>`,
    ...dots,
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 10}" text-anchor="middle">${x}</text>`,
    `<text x="14" y="${TOP - 12}">${y}</text>`,
    '</svg>\n',
  ].join('\n');
}

/** The least of 1, 2, 5 times a power of ten that is not below. */
function niceAbove(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((nice) => nice >= value) ?? 10 * power;
}

function label(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}
