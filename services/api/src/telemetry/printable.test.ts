import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printable } from './printable.ts';

test('escapes what JSON does not and a terminal would act on', () => {
  const text = 'a\u009b31m\u007f\u202Eb\u2028c\u200b';
  assert.equal(printable(text), 'a\\u{9b}31m\\u{7f}\\u{202e}b\\u{2028}c\\u{200b}');
});

test('leaves text of any language as it is', () => {
  assert.equal(printable('/apis/Ωμέγα?x=%2F 日本'), '/apis/Ωμέγα?x=%2F 日本');
});

test('bounds the length', () => {
  assert.ok(printable('\u202e'.repeat(100_000)).length < 2_000);
});
