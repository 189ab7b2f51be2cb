import { type Frame, plainLine, table } from './table.ts';

export interface Screen extends Disposable {
  /** ms between two frames. */
  readonly every: number;
  draw(frame: Frame): void;
}

const ALTERNATE = '\x1b[?1049h\x1b[?25l';
const RESTORE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/** A table that is redrawn in place; without a terminal, a line each second. */
export function openScreen(out: NodeJS.WriteStream): Screen {
  out.on('error', () => {}); // who read it may be gone, and closing must go on
  if (!out.isTTY) {
    const draw = (frame: Frame) => void out.write(`${plainLine(frame, new Date())}\n`);
    return { every: 1_000, draw, [Symbol.dispose]: () => {} };
  }
  out.write(ALTERNATE);
  const draw = (frame: Frame) => {
    const lines = table(frame).map((line) => line.slice(0, out.columns) + CLEAR_LINE);
    out.write(HOME + lines.join('\r\n') + CLEAR_BELOW);
  };
  return { every: 250, draw, [Symbol.dispose]: () => void out.write(RESTORE) };
}
