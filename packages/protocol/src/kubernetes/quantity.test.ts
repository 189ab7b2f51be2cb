import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { KubernetesError } from './kubernetes-error.ts';
import { formatQuantity, parseQuantity } from './quantity.ts';

// What Go's resource.NewMilliQuantity(n, DecimalSI).String() printed for these milli-units.
const CANONICAL: readonly (readonly [milli: number, text: string])[] = [
  [0, '0'],
  [1, '1m'],
  [1000, '1'],
  [1500, '1500m'],
  [3000, '3'],
  [100_000, '100'],
  [1_000_000, '1k'],
  [1_500_000, '1500'],
  [1_000_500, '1000500m'],
  [12_345_678_900, '12345678900m'],
  [-1500, '-1500m'],
  [2e12, '2G'],
];

test('writes the canonical form that Go writes', () => {
  for (const [milli, text] of CANONICAL) assert.equal(formatQuantity(milli / 1000), text);
});

test('rounds half up to the milli, and never writes a negative zero', () => {
  assert.equal(formatQuantity(0.0005), '1m');
  assert.equal(formatQuantity(1.2344), '1234m');
  assert.equal(formatQuantity(0.0004), '0');
  assert.equal(formatQuantity(-0.0004), '0');
});

test('clamps what would overflow the int64 of milli-units that clients read', () => {
  assert.equal(formatQuantity(1e300), '9200T');
  assert.equal(formatQuantity(-1e300), '-9200T');
  assert.ok(parseQuantity(formatQuantity(Number.MAX_VALUE)) < 2n ** 63n);
});

/** What Go reads in quantities: see test/data/quantities/main.go. */
const MILLI_VALUES = readFileSync(
  join(import.meta.dirname, '../../../../test/data/quantities/milli-values.tsv'),
  'utf8',
);

test('reads every sign, suffix, exponent and limit in the table as Go does', () => {
  const rows = MILLI_VALUES.trimEnd().split('\n');
  assert.ok(rows.length > 1_000);
  for (const row of rows) {
    const [text = '', milli = ''] = row.split('\t');
    assert.equal(parseQuantity(text), BigInt(milli), text);
  }
});

test('rounds away from zero, above and below it', () => {
  assert.equal(parseQuantity('1500u'), 2n);
  assert.equal(parseQuantity('1.2345'), 1235n);
  assert.equal(parseQuantity('-1.2345'), -1235n);
  assert.equal(parseQuantity('1n'), 1n);
  assert.equal(parseQuantity('-1n'), -1n);
  assert.equal(parseQuantity('-1500u'), -2n);
});

test('reads suffixes, exponents and fractions', () => {
  assert.equal(parseQuantity('.5'), 500n);
  assert.equal(parseQuantity('+5.'), 5000n);
  assert.equal(parseQuantity('2Ki'), 2_048_000n);
  assert.equal(parseQuantity('3e3'), 3_000_000n);
  assert.equal(parseQuantity('3E-1'), 300n);
  assert.equal(parseQuantity('1E'), 10n ** 21n);
});

test('refuses what is no quantity with a typed error', () => {
  for (const text of ['', 'NaN', '1 ', '1mm', '--1', '1e', '1e999', '1e1k', '٣', '1'.repeat(65)]) {
    assert.throws(() => parseQuantity(text), { name: 'KubernetesError', code: 'ERR_QUANTITY' }, text);
  }
});

test('reads back every number of milli-units that it wrote', () => {
  fc.assert(
    fc.property(fc.integer({ min: -9e12, max: 9e12 }), (milli) => {
      assert.equal(parseQuantity(formatQuantity(milli / 1000)), BigInt(milli));
    }),
  );
});

test('any string gives a number or a typed error', () => {
  const nearly = fc.stringMatching(/^[+-]?[0-9.eEnumkMGTPi-]{0,12}$/);
  fc.assert(
    fc.property(fc.oneof(fc.string(), nearly), (text) => {
      try {
        assert.equal(typeof parseQuantity(text), 'bigint');
      } catch (error) {
        assert.ok(error instanceof KubernetesError);
      }
    }),
  );
});
