import { lineClass } from './style.ts';
import { escaped } from './text.ts';

/** All in pixels. */
const ROW = 20;
const SAMPLE = 28;
const GAP = 24;
/** The mean width of a character at 13 px, estimated on the safe side. */
const CHARACTER = 7.5;

export interface Legend {
  readonly svg: string;
  readonly height: number;
}

/** A sample of each line with its name, in as many rows as needed. */
export function legendOf(names: readonly string[], { top, left, right }: LegendArea): Legend {
  let [x, row] = [left, 0];
  const entries = names.map((name, index) => {
    const width = SAMPLE + 6 + name.length * CHARACTER;
    if (x > left && x + width > right) [x, row] = [left, row + 1];
    const y = top + row * ROW + ROW / 2;
    const entry = `<path class="${lineClass(index)}" d="M${x} ${y}h${SAMPLE}"/>
<text x="${x + SAMPLE + 6}" y="${y + 4}">${escaped(name)}</text>`;
    x += Math.ceil(width) + GAP;
    return entry;
  });
  return { svg: entries.join('\n'), height: (row + 1) * ROW };
}

interface LegendArea {
  readonly top: number;
  readonly left: number;
  readonly right: number;
}
