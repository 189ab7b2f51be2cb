import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseTimeout, percentEncode } from './status.ts';

test('a status message is printable ASCII on the wire, and decodes to what it was', () => {
  assert.equal(percentEncode('100 % of "ü"\n'), '100 %25 of "%C3%BC"%0A');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const encoded = percentEncode(text);
      assert.match(encoded, /^[\x20-\x7e]*$/);
      assert.equal(decodeURIComponent(encoded), text.toWellFormed());
    }),
  );
});

test('a timeout has up to eight digits and a unit', () => {
  const read = ['1H', '2M', '3S', '4m', '5000u', '6000000n', '99999999S'].map(parseTimeout);
  assert.deepEqual(read, [3_600_000, 120_000, 3_000, 4, 5, 6, 99_999_999_000]);
  for (const text of ['', '1', 'S', '1s', '-1S', '1.5S', '123456789S', ' 1S'])
    assert.equal(parseTimeout(text), undefined, text);
});
