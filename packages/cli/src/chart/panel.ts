import { number } from '../format.ts';
import { axisOf } from './axis.ts';
import type { Panel, Rule } from './chart.ts';
import { linePath } from './path.ts';
import { escaped } from './text.ts';

/** The area of a panel, in pixels. */
export interface PanelArea {
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Around the diagram, in pixels: for the title, the ticks and what the axes measure. */
const MARGIN = { left: 64, right: 24, top: 32, bottom: 48 };

/** @param classOf the classes of a line by its name */
export function panelSvg(
  panel: Panel,
  { top, width, height }: PanelArea,
  classOf: (name: string) => string,
): string {
  const { title, lines, rules } = panel;
  const [left, right] = [MARGIN.left, width - MARGIN.right];
  const [upper, lower] = [top + MARGIN.top, top + height - MARGIN.bottom];
  const points = lines.flatMap((line) => line.points);
  const at = (axis: Rule['axis']) => rules.filter((rule) => rule.axis === axis).map((rule) => rule.at);
  const x = axisOf([...points.map((point) => point.x), ...at('x')], left, right);
  const y = axisOf([...points.flatMap((point) => point.y ?? []), ...at('y')], lower, upper);
  const middle = (from: number, to: number) => (from + to) / 2;
  const parts = [
    `<text class="panel" x="${left}" y="${upper - 12}">${escaped(title)}</text>`,
    ...y.ticks.map((tick) => horizontal('grid', y.at(tick), left, right)),
    ...y.ticks.map((tick) => label(number(tick), left - 8, y.at(tick) + 4, 'end')),
    ...x.ticks.map((tick) => label(number(tick), x.at(tick), lower + 18, 'middle')),
    horizontal('axis', lower, left, right),
    label(panel.x, middle(left, right), lower + 38, 'middle'),
    `<g transform="translate(16 ${middle(upper, lower)}) rotate(-90)">${label(panel.y, 0, 0, 'middle')}</g>`,
    ...lines.map((line) => {
      const classes = line.shape === 'dots' ? `${classOf(line.name)} dots` : classOf(line.name);
      return `<path class="${classes}" d="${linePath(line, x, y)}"><title>${escaped(line.name)}</title></path>`;
    }),
    ...rules.flatMap((rule) => {
      if (rule.axis === 'y') {
        const position = y.at(rule.at);
        return [horizontal('rule', position, left, right), label(rule.label, right - 4, position - 5, 'end')];
      }
      const position = x.at(rule.at);
      const isRight = position > middle(left, right);
      return [
        `<path class="rule" d="M${position} ${lower}V${upper}"/>`,
        label(rule.label, position + (isRight ? -6 : 6), upper + 12, isRight ? 'end' : 'start'),
      ];
    }),
  ];
  return parts.join('\n');
}

function horizontal(name: string, y: number, from: number, to: number): string {
  return `<path class="${name}" d="M${from} ${y}H${to}"/>`;
}

function label(text: string, x: number, y: number, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${escaped(text)}</text>`;
}
