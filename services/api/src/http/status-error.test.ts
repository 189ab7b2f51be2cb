import assert from 'node:assert/strict';
import { test } from 'node:test';
import { badRequest } from '@activescale/protocol/kubernetes';
import { StoreError } from '@activescale/store';
import { StatusError, statusOf } from './status-error.ts';

test('answers with the Status that was thrown', () => {
  assert.deepEqual(statusOf(new StatusError(badRequest('why'))), badRequest('why'));
});

test('answers 503 for whatever the store says', () => {
  for (const code of [
    'ERR_STORE_DOWN',
    'ERR_STORE_TIMEOUT',
    'ERR_STORE_CLOSED',
    'ERR_STORE_REFUSED',
  ] as const) {
    assert.equal(statusOf(new StoreError(code, 'x')).code, 503);
  }
});

test('answers 500 for an unexpected error, without its message', () => {
  const status = statusOf(new TypeError('the secret'));
  assert.equal(status.code, 500);
  assert.doesNotMatch(JSON.stringify(status), /secret/);
  assert.equal(statusOf('not even an error').code, 500);
});
