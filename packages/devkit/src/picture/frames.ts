/** What the demo wrote to a terminal: the frames that it drew in place, and the text that it left at the end. */
export interface Recording {
  readonly frames: readonly string[];
  readonly after: string;
}

// The sequences that demo/screen/screen.ts writes: https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
const HOME = '\x1b[H';
const LEAVE = '\x1b[?1049l';
// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
const SEQUENCE = /\x1b\[[0-9;?]*[A-Za-z]/g;

export function recordingOf(output: string): Recording {
  const [drawn = '', after = ''] = output.split(LEAVE);
  const [, ...frames] = drawn.split(HOME);
  return { frames: frames.map(textOf), after: textOf(after) };
}

function textOf(output: string): string {
  const lines = output.replaceAll(SEQUENCE, '').replaceAll('\r', '').split('\n');
  return lines
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
}
