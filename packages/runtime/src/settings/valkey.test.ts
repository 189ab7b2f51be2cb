import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commonSettings } from './common.ts';
import { readSettings } from './read.ts';
import { valkeyWarnings } from './valkey.ts';

const FILE = import.meta.filename; // any file that can be read
const PASSWORD = { VALKEY_PASSWORD_FILE: FILE };
const SENTINEL = { VALKEY_MODE: 'sentinel', VALKEY_SENTINEL_NAME: 'primary' };

const warningsOf = (env: Record<string, string>) => valkeyWarnings(readSettings(env, commonSettings).valkey);

test('a password without TLS causes a warning with the setting that changes it', () => {
  assert.deepEqual(warningsOf(PASSWORD), [
    'the password of VALKEY_PASSWORD_FILE is sent in plaintext: set VALKEY_TLS=true',
  ]);
  assert.deepEqual(warningsOf({ ...PASSWORD, VALKEY_TLS: 'true' }), []);
  assert.deepEqual(warningsOf({}), []);
});

test('so is one for Sentinels, also where it is that of the servers', () => {
  const warning = 'the password of the Sentinels is sent in plaintext: set VALKEY_SENTINEL_TLS=true';
  assert.equal(warningsOf({ ...SENTINEL, ...PASSWORD }).at(-1), warning);
  const plain = { VALKEY_TLS: 'true', VALKEY_SENTINEL_TLS: 'false' };
  assert.deepEqual(warningsOf({ ...SENTINEL, ...PASSWORD, ...plain }), [warning]);
  assert.deepEqual(warningsOf({ ...SENTINEL, ...plain, VALKEY_SENTINEL_PASSWORD_FILE: FILE }), [warning]);
  assert.deepEqual(warningsOf({ ...SENTINEL, ...PASSWORD, VALKEY_TLS: 'true' }), []);
  assert.deepEqual(warningsOf(SENTINEL), []);
});
