export interface Screen<F> extends Disposable {
  draw(frame: F): void;
}

/** How a frame is shown. */
export interface View<F> {
  /** The lines of the table, none longer than `width`, from 44 columns. */
  table(frame: F, width: number): string[];
  /** The same as one line, for logs. */
  plainLine(frame: F, time: Date): string;
}

type Terminal = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'> & {
  on(event: 'error', listener: () => void): unknown;
};

const ALTERNATE = '\x1b[?1049h\x1b[?25l';
const RESTORE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/** The table needs as many; a narrower terminal shows the left part. */
const MIN_COLUMNS = 44;
/** Of a terminal that does not say its width, as a serial line. */
const UNKNOWN_COLUMNS = 80;

/** Between two lines where there is no terminal, in ms. */
const LINE_MS = 1_000;

/** A table that is redrawn in place; without a terminal, a line each second. */
export function openScreen<F>(out: Terminal, view: View<F>): Screen<F> {
  out.on('error', () => {}); // the reader may be gone, and the demo still has to stop its processes
  if (!out.isTTY) return { draw: lineEachSecond(out, view), [Symbol.dispose]: () => {} };
  out.write(ALTERNATE);
  return {
    draw(frame) {
      const columns = out.columns || UNKNOWN_COLUMNS;
      const lines = view.table(frame, Math.max(MIN_COLUMNS, columns));
      out.write(HOME + lines.map((line) => line.slice(0, columns) + CLEAR_LINE).join('\r\n') + CLEAR_BELOW);
    },
    [Symbol.dispose]: () => void out.write(RESTORE),
  };
}

function lineEachSecond<F>(out: Terminal, { plainLine }: View<F>): (frame: F) => void {
  let due = 0;
  return (frame) => {
    const now = Date.now();
    if (now < due) return;
    due = now + LINE_MS;
    out.write(`${plainLine(frame, new Date(now))}\n`);
  };
}
