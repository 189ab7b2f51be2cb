/** Between two columns, and between the fields of a block. */
const GAP = '  ';
/** Text in a narrower column cannot be read well: the rows become blocks. */
const MIN_TEXT_COLUMN = 24;
/** Narrower terminals get lines that are too long for them. */
const MIN_WIDTH = 16;

/** A table as lines: those of the heading, and those of each row. */
export interface TableLines {
  readonly heading: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

type Cells = readonly string[];

/**
 * Rows under a heading, no line longer than `width`: in columns as wide as their cells; else with the last column
 * wrapped; else as blocks of `HEADING cell`. Nothing is cut.
 */
export function tableLines(heading: Cells, rows: readonly Cells[], width: number): TableLines {
  const count = Math.max(heading.length, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, i) =>
    Math.max(...[heading, ...rows].map((row) => (row[i] ?? '').length)),
  );
  const last = widths.at(-1) ?? 0;
  const before = widths.slice(0, -1).reduce((sum, each) => sum + each + GAP.length, 0);
  if (before + last <= width || width - before >= MIN_TEXT_COLUMN) {
    const lines = (row: Cells) => columns(row, widths, Math.max(1, width - before));
    return { heading: lines(heading), rows: rows.map(lines) };
  }
  return { heading: [], rows: rows.map((row) => block(heading, row, width)) };
}

export function table(heading: Cells, rows: readonly Cells[], width: number): string {
  const lines = tableLines(heading, rows, width);
  return [...lines.heading, ...lines.rows.flat()].map((line) => `${line}\n`).join('');
}

function columns(row: Cells, widths: readonly number[], lastWidth: number): string[] {
  const first = widths.slice(0, -1).map((each, i) => (row[i] ?? '').padEnd(each) + GAP);
  const [top = '', ...more] = wrap(row[widths.length - 1] ?? '', lastWidth, 0);
  const indent = ' '.repeat(first.join('').length);
  return [first.join('') + top, ...more.map((line) => indent + line)].map((line) => line.trimEnd());
}

/** The first cell on a line, and below it the others, each with its heading. */
function block(heading: Cells, [first = '', ...cells]: Cells, width: number): string[] {
  const title = `${heading[0] ?? ''} ${first}`.trim();
  const lines: string[] = [];
  let line = '';
  for (const [i, cell] of cells.entries()) {
    if (cell === '') continue;
    const field = `${GAP}${heading[i + 1] ?? ''} ${cell}`.trimEnd().replace(/^ +/, GAP);
    if (line !== '' && line.length + field.length > width) {
      lines.push(line);
      line = '';
    }
    line += field;
  }
  return [title, ...lines, line].filter((each) => each !== '').flatMap((each) => wrap(each, width));
}

/** A text whose lines fit into `width`. What continues a line is indented below its text. */
export function wrapLines(text: string, width: number): string {
  if (!Number.isFinite(width)) return text;
  return text
    .split('\n')
    .flatMap((line) => wrap(line, width))
    .join('\n');
}

/** Breaks at spaces, and within a word only where the word is longer than a line. */
export function wrap(line: string, width: number, indent = indentOf(line, width)): string[] {
  const limit = Math.max(MIN_WIDTH, width);
  const lines: string[] = [];
  let rest = line;
  while (rest.length > limit) {
    const start = lines.length === 0 ? rest.search(/\S|$/) : indent;
    const space = rest.lastIndexOf(' ', limit);
    const end = space > start ? space : limit;
    lines.push(rest.slice(0, end).trimEnd());
    rest = ' '.repeat(indent) + rest.slice(end).trimStart();
  }
  return [...lines, rest];
}

/** Below the text that follows a label (`PASS  text`), or a little to the right of a line without one. */
function indentOf(line: string, width: number): number {
  const label = /^ *\S+(?: \S+)* {2,}/.exec(line)?.[0].length ?? 0;
  const longestWord = Math.max(...line.split(' ').map((word) => word.length));
  if (label > 0 && label + longestWord <= width) return label;
  return Math.min(line.search(/\S|$/) + GAP.length, Math.floor(width / 2));
}
