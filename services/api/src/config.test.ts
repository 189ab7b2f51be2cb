import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeSettings, readSettings, SettingsError } from '@activescale/runtime';
import { defineApiConfig } from './config.ts';

function problems(env: Record<string, string>): readonly string[] {
  try {
    readSettings(env, defineApiConfig);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

test('listens on all addresses in a cluster, and on loopback alone without one', () => {
  const host = (env: Record<string, string>) => readSettings(env, defineApiConfig).listenHost;
  assert.equal(host({}), undefined);
  assert.equal(host({ STANDALONE: 'true' }), '127.0.0.1');
  assert.equal(host({ STANDALONE: 'true', LISTEN_HOST: '::1' }), '::1');
  assert.equal(host({ LISTEN_HOST: '192.0.2.1' }), '192.0.2.1');
});

test('refuses to serve without authentication to others than this machine', () => {
  for (const address of ['0.0.0.0', '::', '192.0.2.1', 'example.org', '127.evil.example']) {
    const [problem, ...others] = problems({ STANDALONE: 'true', LISTEN_HOST: address });
    assert.match(problem ?? '', new RegExp(`^LISTEN_HOST="${address}".*loopback`));
    assert.deepEqual(others, []);
  }
});

test('names every problem at once', () => {
  const found = problems({
    SECURE_PORT: '70000',
    IDLE_AS_ZERO: 'maybe',
    TLS_CERT_FILE: import.meta.filename,
    STANDALONE: 'true',
    VERIFY_POD_IP: 'true',
  });
  const names = found.map((problem) => problem.split('=', 1)[0]);
  assert.deepEqual(names.sort(), ['IDLE_AS_ZERO', 'SECURE_PORT', 'TLS_CERT_FILE', 'VERIFY_POD_IP']);
});

test('holds a rejected request for as long as a record remembers it at most', () => {
  const hold = (env: Record<string, string>) => readSettings(env, defineApiConfig).demandHold;
  assert.equal(hold({}), 90_000);
  assert.equal(hold({ DEMAND_HOLD: '2m' }), 120_000);
  const [problem = ''] = problems({ DEMAND_HOLD: '121s' });
  assert.match(problem, /^DEMAND_HOLD="121s": expected a duration .* to 120s$/);
});

test('describes every setting once', () => {
  const names = describeSettings(defineApiConfig).map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.includes('SECURE_PORT') && names.includes('VALKEY_ADDR'));
});
