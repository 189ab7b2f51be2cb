import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shorten } from './shorten.ts';

test('leaves a text of ordinary length as it is', () => {
  assert.equal(shorten('app=web'), 'app=web');
  assert.equal(shorten('x'.repeat(200)).length, 200);
});

test('shows a long text by its start and a digest that keeps two apart', () => {
  const [a, b] = [shorten(`${'x'.repeat(10_000)}a`), shorten(`${'x'.repeat(10_000)}b`)];
  assert.match(a, /^x{150}… \(10001 characters, sha256 [0-9a-f]{16}\)$/);
  assert.notEqual(a, b);
});
