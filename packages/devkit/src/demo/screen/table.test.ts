import assert from 'node:assert/strict';
import test from 'node:test';
import { type Frame, plainLine, table } from './table.ts';

const frame: Frame = {
  rows: [
    { pod: 'web-k2x7p', count: 12, pushed: 8, pending: true, scraped: 0 },
    { pod: 'web-9d4mz', count: 12, pushed: 12, pending: false, scraped: 8 },
    { pod: 'web-c81qa', count: undefined, pushed: undefined, pending: false, scraped: undefined },
  ],
  hpa: { averageValue: 10, min: 3, max: 5 },
  decision: { pushed: 4, scraped: 3 },
  scrape: { age: 7.4, every: 15 },
  look: { due: 2.6, every: 5 },
  trouble: undefined,
};

test('at 44 columns the table shows counts, both kinds of values, what is pending, and the decisions', () => {
  assert.deepEqual(table(frame, 44), [
    'activescale: requests in flight of each pod',
    '',
    '  pod        in flight  pushed   scraped',
    '  web-k2x7p         12       8*        0',
    '  web-9d4mz         12      12         8',
    '  web-c81qa   starting       -         -',
    '  total             24      20*        8',
    '',
    '  * changed since the last flush (1 s)',
    '  scraped: simulated, every 15 s, 7 s ago',
    '',
    '  HPA: 10 requests per pod, 3 to 5 pods',
    '  by pushed values   3 -> 4 pods in 2 s',
    '  by scraped values  3 -> 3 pods',
    '',
    '  Ctrl-C ends the demo.',
  ]);
});

test('a wide terminal has a bar for each pod', () => {
  assert.equal(table(frame, 80)[3], '  web-k2x7p         12       8*        0  ############');
});

test('no line is wider than the terminal, and an error is shown in full', () => {
  const trouble = `Error: the api answered 503: ${'x'.repeat(150)}`;
  for (const width of [44, 80, 160]) {
    const busy = { ...frame, rows: frame.rows.map((row) => ({ ...row, count: 400 })), trouble };
    const lines = table(busy, width);
    for (const line of lines) assert.ok(line.length <= width, `${width}: ${line}`);
    assert.ok(
      lines
        .map((line) => line.trimStart())
        .join('')
        .includes('x'.repeat(150)),
    );
  }
});

test('the plain line says the same, and what went wrong', () => {
  assert.equal(
    plainLine({ ...frame, trouble: 'Error: the api answered 503' }, new Date(0)),
    '1970-01-01T00:00:00.000Z | web-k2x7p in_flight=12 pushed=8* scraped=0 | ' +
      'web-9d4mz in_flight=12 pushed=12 scraped=8 | web-c81qa in_flight=- pushed=- scraped=- | ' +
      'HPA 3 -> 4 pods, by the scrape 3 | Error: the api answered 503',
  );
});
