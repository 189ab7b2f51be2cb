import { tableLines, wrap } from '../layout.ts';

/** The space for a text. */
export interface Area {
  readonly width: number;
  /** undefined: any number. */
  readonly lines: number | undefined;
}

/** A table and a line below it. If there are too few lines for all rows, the last rows are omitted, but never a part of one. */
export function screenText(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  summary: string,
  { width, lines }: Area,
): string {
  const end = ['', ...wrap(summary, width)];
  const laid = tableLines(heading, rows, width);
  // The cursor is on the line below the text.
  const room = (lines ?? Number.POSITIVE_INFINITY) - laid.heading.length - end.length - 1;
  const shown = [...laid.heading, ...firstThatFit(laid.rows, room), ...end];
  return shown.map((line) => `${line}\n`).join('');
}

/** Whole rows, at least one. */
function firstThatFit(rows: readonly (readonly string[])[], room: number): readonly string[] {
  const [first = [], ...others] = rows;
  const lines = [...first];
  for (const row of others) {
    if (lines.length + row.length > room) break;
    lines.push(...row);
  }
  return lines;
}
