/**
 * Colors of the lines on a light and on a dark background, each with a contrast of at least 3:1 to it (WCAG 2.2, 1.4.11). Lines after the
 * last one begin again, with other dashes.
 */
const COLORS: readonly (readonly [light: string, dark: string])[] = [
  ['#0969da', '#58a6ff'],
  ['#bc4c00', '#f0883e'],
  ['#1a7f37', '#3fb950'],
  ['#8250df', '#bc8cff'],
  ['#bf3989', '#f778ba'],
  ['#6e7781', '#9da7b3'],
];
const DASHES = ['', '7 4', '2 3'];

/** The classes of the line at a position. */
export function lineClass(index: number): string {
  return `l c${index % COLORS.length} d${Math.floor(index / COLORS.length) % DASHES.length}`;
}

const colors = (side: 0 | 1) => COLORS.map((color, i) => `.c${i} { stroke: ${color[side]}; }`).join(' ');

export const CHART_STYLE = `
  svg { font: 13px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; }
  .back { fill: #ffffff; }
  text { fill: #1f2328; }
  .title { font-size: 16px; font-weight: 600; }
  .panel { font-weight: 600; }
  .grid { stroke: #d1d9e0; }
  .axis { stroke: #59636e; }
  .rule { stroke: #59636e; stroke-dasharray: 3 3; }
  .l { fill: none; stroke-width: 2; stroke-linejoin: round; }
  .dots { stroke-width: 6; stroke-linecap: round; }
  ${colors(0)}
  ${DASHES.map((dash, i) => (dash === '' ? '' : `.d${i} { stroke-dasharray: ${dash}; } `)).join('')}
  @media (prefers-color-scheme: dark) {
    .back { fill: #0d1117; }
    text { fill: #e6edf3; }
    .grid { stroke: #30363d; }
    .axis, .rule { stroke: #9198a1; }
    ${colors(1)}
  }`;
