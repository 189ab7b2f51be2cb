import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOutput } from './output.ts';

function written({ isTTY = false, columns }: { isTTY?: boolean; columns?: string } = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const output = createOutput(
    { write: (text: string) => out.push(text) > 0, isTTY, rows: 24, columns: isTTY ? 44 : 0 },
    { write: (text: string) => err.push(text) > 0, isTTY, columns: 44 },
    columns,
  );
  return { output, out, err };
}

test('text is clean whether a hostile name comes with the value or by the renderer', () => {
  for (const isTTY of [false, true]) {
    const { output, out } = written({ isTTY });
    output.text({ pod: 'web\x1b[2J\nforged line' }, ({ pod }) => `pod ${pod}\nin shop\x1b]0;t\x07\n`);
    assert.deepEqual(out, ['pod web\ufffd[2J forged line\nin shop\ufffd]0;t\ufffd\n']);
  }
});

test('a screen is cleared by the CLI alone', () => {
  const { output, out } = written({ isTTY: true });
  output.screen('\x1b[5m', (text) => `${text}\n`);
  assert.deepEqual(out, ['\x1b[H\x1b[J\ufffd[5m\n']);
});

test('a document is written as it is', () => {
  const { output, out } = written();
  output.document('{"name":"\u202e"}\n');
  assert.deepEqual(out, ['{"name":"\u202e"}\n']);
});

test('a problem is one line, also if the message has several', () => {
  const { output, err } = written();
  output.problem('activescale top: bad\n  name\x1b[31m', 'usage\n  -n');
  assert.deepEqual(err, ['activescale top: bad   name\ufffd[31m\nusage\n  -n\n']);
});

test('the line of a lasting operation is replaced on a terminal, and not written elsewhere', () => {
  const { output, out, err } = written({ isTTY: true });
  output.progress('1 of 60 s of web\n');
  output.progress('2 of 60 s of a name that is longer than the terminal is wide');
  output.progress(undefined);
  assert.deepEqual(err, [
    '\r\x1b[K1 of 60 s of web ',
    '\r\x1b[K2 of 60 s of a name that is longer than the',
    '\r\x1b[K',
  ]);
  assert.deepEqual(out, []);
  const piped = written();
  piped.output.progress('1 of 60 s');
  assert.deepEqual(piped.err, []);
});

test('only a terminal has lines', () => {
  assert.equal(written().output.lines, undefined);
  assert.equal(written({ isTTY: true }).output.lines, 24);
});

test('the width is that of the terminal, else COLUMNS, else unlimited, and longer lines wrap', () => {
  const widthOf = (options: Parameters<typeof written>[0]) => {
    const { output, out } = written(options);
    let width: number | undefined;
    output.text('name '.repeat(12).trim(), (text, given) => {
      width = given;
      return `${text}\n`;
    });
    return [width, ...(out[0] ?? '').split('\n').map((line) => line.length)];
  };
  assert.deepEqual(widthOf({ isTTY: true, columns: '160' }), [44, 44, 16, 0]);
  assert.deepEqual(widthOf({ columns: '30' }), [30, 29, 26, 6, 0]);
  for (const columns of [undefined, '', 'wide', '0'])
    assert.deepEqual(widthOf({ ...(columns !== undefined && { columns }) }), [
      Number.POSITIVE_INFINITY,
      59,
      0,
    ]);
});
