import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { printable, printableLines } from './printable.ts';

const ACTS = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

test('escape sequences, C1, DEL and bidirectional overrides are replaced, one for one', () => {
  assert.equal(printable('web\x1b[31m'), 'web\ufffd[31m');
  assert.equal(printable('a\x9b2Jb\x7fc\x00d\x07'), 'a\ufffd2Jb\ufffdc\ufffdd\ufffd');
  assert.equal(printable('\u202egnp.exe\u2066\u200b\ufeff'), '\ufffdgnp.exe\ufffd\ufffd\ufffd');
});

test('a line break or a tab in a name becomes a space, so that it cannot look like a line of the output', () => {
  assert.equal(printable('web\r\n  state  live\tx\u2028y\u0085z'), 'web   state  live x y z');
});

test('what people write stays as it is', () => {
  const text = 'Größe, 東京, emoji 🚀, "quotes" \\x1b and ∞';
  assert.equal(printable(text), text);
  assert.equal(printableLines(`${text}\n${text}\n`), `${text}\n${text}\n`);
});

test('keys, lists and maps are cleaned at any depth, and nothing else is touched', () => {
  const bytes = Buffer.from('\x1b');
  const value = {
    a: ['\x1b', { '\x07k': 1 }],
    m: new Map([['\x1b', ['\x1b']]]),
    n: null,
    u: undefined,
    bytes,
  };
  assert.deepEqual(printable(value), {
    a: ['\ufffd', { '\ufffdk': 1 }],
    m: new Map([['\ufffd', ['\ufffd']]]),
    n: null,
    u: undefined,
    bytes,
  });
});

test('a key named __proto__ stays a key', () => {
  const labels = JSON.parse('{"__proto__":"\\u001b"}');
  assert.deepEqual(Object.entries(printable(labels)), [['__proto__', '\ufffd']]);
});

test('no string leaves a character that acts on a terminal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(printable(text), ACTS);
      assert.doesNotMatch(printableLines(text).replaceAll('\n', ''), ACTS);
    }),
  );
});
