import type { Chart } from './chart.ts';
import { legendOf } from './legend.ts';
import { panelSvg } from './panel.ts';
import { CHART_STYLE, lineClass } from './style.ts';
import { escaped } from './text.ts';

/** All in pixels. */
const WIDTH = 960;
const PANEL_HEIGHT = 300;
const MARGIN = 16;
const LEGEND_TOP = 52;

/** The chart as an SVG image without references to other files, in light or dark as the reader's system prefers. */
export function chartSvg({ title, description, panels }: Chart): string {
  const names = [...new Set(panels.flatMap(({ lines }) => lines.map(({ name }) => name)))];
  const legend = legendOf(names, { top: LEGEND_TOP, left: MARGIN, right: WIDTH - MARGIN });
  const top = LEGEND_TOP + legend.height + MARGIN;
  const height = top + panels.length * PANEL_HEIGHT;
  const classOf = (name: string) => lineClass(names.indexOf(name));
  const drawn = panels.map((panel, i) =>
    panelSvg(panel, { top: top + i * PANEL_HEIGHT, width: WIDTH, height: PANEL_HEIGHT }, classOf),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" role="img" aria-labelledby="title description">
<title id="title">${escaped(title)}</title>
<desc id="description">${escaped(description)}</desc>
<style>${CHART_STYLE}
</style>
<rect class="back" width="${WIDTH}" height="${height}"/>
<text class="title" x="${MARGIN}" y="32">${escaped(title)}</text>
${legend.svg}
${drawn.join('\n')}
</svg>
`;
}
