import { wrapLines } from './layout.ts';
import { printable, printableLines } from './printable.ts';

/** Moves the cursor home and clears the screen. */
const CLEAR = '\x1b[H\x1b[J';
/** Moves the cursor to the start of its line and clears the rest of it. */
const CLEAR_LINE = '\r\x1b[K';

/**
 * Where a command writes. Names and messages come from anyone who may push or create an object, so text has no character
 * that controls a terminal. JSON and YAML are unchanged.
 */
export interface Output {
  /** A value as text: `render` gets it without control characters and returns lines. Longer ones than `width` are wrapped. */
  text<T>(value: T, render: Render<T>): void;
  /** The same, replacing the content of the terminal. */
  screen<T>(value: T, render: Render<T>): void;
  /** JSON or YAML, unchanged. */
  document(text: string): void;
  /** One line with the error, and lines with hints. */
  problem(line: string, help?: string): void;
  /** Replaces the line of a lasting operation, on stderr if that is a terminal; undefined removes the line. */
  progress(line: string | undefined): void;
  /** Rows of the terminal; undefined: no terminal. */
  readonly lines: number | undefined;
}

/** @param width columns of the terminal; infinite if unknown */
type Render<T> = (value: T, width: number) => string;

type Stream = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'rows' | 'columns'>;

/** @param columns the environment's COLUMNS: the width if stdout is not a terminal */
export function createOutput(
  stdout: Stream,
  stderr: Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>,
  columns: string | undefined,
): Output {
  const rendered = <T>(value: T, render: Render<T>) => {
    const width = (stdout.isTTY && stdout.columns) || Number(columns) || Number.POSITIVE_INFINITY;
    return wrapLines(printableLines(render(printable(value), width)), width);
  };
  return {
    text: (value, render) => void stdout.write(rendered(value, render)),
    screen: (value, render) => void stdout.write(`${CLEAR}${rendered(value, render)}`),
    document: (text) => void stdout.write(text),
    problem: (line, help) =>
      void stderr.write(`${printable(line)}\n${help === undefined ? '' : `${printableLines(help)}\n`}`),
    progress(line = '') {
      if (!stderr.isTTY) return;
      // A line that wraps could not be replaced. Some terminals have no width.
      const width = (stderr.columns || 80) - 1;
      stderr.write(`${CLEAR_LINE}${printable(line).slice(0, width)}`);
    },
    // A terminal can be resized.
    get lines() {
      return stdout.isTTY ? stdout.rows : undefined;
    },
  };
}
