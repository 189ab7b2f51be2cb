import assert from 'node:assert/strict';
import { test } from 'node:test';
import { table, wrap, wrapLines } from './layout.ts';

const HEADING = ['POD', 'STATE', 'WHY'];
const ROWS = [
  ['web-7d4b9c6f8-x7k2p', 'live', 'the last flush arrived 0.4 s ago'],
  ['web-7d4b9c6f8-q', 'unknown', 'no record: the proxy never pushed'],
];

const longest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));
const words = (text: string) => text.split(/\s+/).filter(Boolean).sort();

test('a table that fits has a line for each row', () => {
  assert.equal(
    table(HEADING, ROWS, 80),
    `POD                  STATE    WHY
web-7d4b9c6f8-x7k2p  live     the last flush arrived 0.4 s ago
web-7d4b9c6f8-q      unknown  no record: the proxy never pushed
`,
  );
});

test('text in the last column wraps below itself', () => {
  assert.equal(
    table(HEADING, ROWS, 56),
    `POD                  STATE    WHY
web-7d4b9c6f8-x7k2p  live     the last flush arrived 0.4
                              s ago
web-7d4b9c6f8-q      unknown  no record: the proxy never
                              pushed
`,
  );
});

test('on a narrow terminal each row is a block that names its cells', () => {
  assert.equal(
    table(HEADING, ROWS, 44),
    `POD web-7d4b9c6f8-x7k2p
  STATE live
  WHY the last flush arrived 0.4 s ago
POD web-7d4b9c6f8-q
  STATE unknown
  WHY no record: the proxy never pushed
`,
  );
});

test('at any width no line is longer, and no word is lost', () => {
  for (let width = 24; width < 120; width++) {
    const text = table(HEADING, ROWS, width);
    assert.ok(longest(text) <= width, `${width}:\n${text}`);
    for (const row of ROWS) for (const word of words(row.join(' '))) assert.ok(words(text).includes(word));
  }
});

test('cells beyond the heading and empty cells are laid out too', () => {
  const text = table(
    ['POD', 'ACTIVE'],
    [
      ['web-1', '-', 'its record expired'],
      ['web-2', '3'],
    ],
    20,
  );
  assert.equal(text, 'POD web-1\n  ACTIVE -\n  its record expired\nPOD web-2\n  ACTIVE 3\n');
});

test('a line wraps below the text after its label, a word longer than a line is broken', () => {
  assert.deepEqual(wrap('PASS  trust: kube-apiserver can verify it', 30), [
    'PASS  trust: kube-apiserver',
    '      can verify it',
  ]);
  assert.deepEqual(wrap('  head key  activescale:{shop}:head:web-1 (43 bytes)', 36), [
    '  head key',
    '    activescale:{shop}:head:web-1',
    '    (43 bytes)',
  ]);
  assert.deepEqual(wrap('  key: activescale:{shop}:slots:web', 20), [
    '  key:',
    '    activescale:{sho',
    '    p}:slots:web',
  ]);
});

test('without a known width lines stay as they are', () => {
  const text = `${'long '.repeat(100)}\n`;
  assert.equal(wrapLines(text, Number.POSITIVE_INFINITY), text);
});
