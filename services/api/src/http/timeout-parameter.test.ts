import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StatusError } from './status-error.ts';
import { checkTimeout } from './timeout-parameter.ts';

function refusal(timeout: string): string | undefined {
  try {
    checkTimeout(new URLSearchParams({ timeout }));
  } catch (error) {
    assert.ok(error instanceof StatusError);
    return error.message.replace('invalid timeout specified in the request URL - ', '');
  }
  return undefined;
}

test('takes every duration of Go', () => {
  for (const timeout of ['32s', '1m30s', '1.5h', '.5s', '0', '-1s', '100µs', '']) {
    assert.equal(refusal(timeout), undefined, timeout);
  }
});

test('refuses others in the words of Go', () => {
  assert.equal(refusal('abc'), 'time: invalid duration "abc"');
  assert.equal(refusal('-'), 'time: invalid duration "-"');
  assert.equal(refusal('32'), 'time: missing unit in duration "32"');
  assert.equal(refusal('3x'), 'time: unknown unit "x" in duration "3x"');
});

test('any text is taken or refused', () => {
  fc.assert(fc.property(fc.string(), (text) => assert.notEqual(refusal(text), null)));
});
