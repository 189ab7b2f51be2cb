import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReplyError } from 'iovalkey';
import { errorText, StoreError, toStoreError } from './store-error.ts';

test('an error reply is a refusal with the text of the server', () => {
  const cause = new ReplyError('NOPERM no permissions');
  const error = toStoreError('MGET', cause);
  assert.equal(error.code, 'ERR_STORE_REFUSED');
  assert.equal(error.message, 'MGET: NOPERM no permissions');
  assert.equal(error.cause, cause);
});

test('a time-out and a lost connection are different errors', () => {
  assert.equal(toStoreError('MGET', new Error('Command timed out')).code, 'ERR_STORE_TIMEOUT');
  assert.equal(toStoreError('MGET', new Error('Connection is closed.')).code, 'ERR_STORE_DOWN');
});

test('an error that already has a code keeps it', () => {
  const error = new StoreError('ERR_STORE_CLOSED', 'the store is closed');
  assert.equal(toStoreError('MGET', error), error);
});

test('an error of several addresses names each of them', () => {
  const both = new AggregateError([
    new Error('connect ECONNREFUSED ::1:1'),
    new Error('connect ECONNREFUSED 127.0.0.1:1'),
  ]);
  assert.equal(errorText(both), 'connect ECONNREFUSED ::1:1; connect ECONNREFUSED 127.0.0.1:1');
});
