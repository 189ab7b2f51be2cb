import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { backOff, readCredentials, serverOptions } from './client-options.ts';
import type { StoreOptions } from './types.ts';

const OPTIONS: StoreOptions = {
  addresses: [{ host: 'valkey', port: 6379 }],
  mode: 'standalone',
  keyPrefix: 'test',
  clientName: 'test',
  onState() {},
};

test('the pause before an attempt doubles up to half a second, and half of it is random', () => {
  const lowest = [25, 50, 100, 200, 250, 250, 250, 250, 250];
  for (const [index, low] of lowest.entries()) {
    for (let turn = 0; turn < 100; turn += 1) {
      const pause = backOff(index + 1);
      assert.ok(pause >= low && pause <= 2 * low, `attempt ${index + 1}: ${pause} ms`);
    }
  }
  assert.notEqual(backOff(9), backOff(9));
});

test('the last line end of a password file is not part of the password', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'store-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, 's3 cret\n');
  const credentials = readCredentials({ ...OPTIONS, username: 'me', passwordFile });
  assert.deepEqual(credentials, { username: 'me', password: 's3 cret' });
});

test('a certificate is checked unless told otherwise', () => {
  assert.equal(readCredentials({ ...OPTIONS, tls: { insecure: false } }).tls?.rejectUnauthorized, true);
  assert.equal(readCredentials({ ...OPTIONS, tls: { insecure: true } }).tls?.rejectUnauthorized, false);
});

test('with TLS the sentinels are asked over TLS too', () => {
  const tls = { rejectUnauthorized: true };
  const options = serverOptions({ ...OPTIONS, mode: 'sentinel', sentinelName: 'primary' }, { tls });
  assert.deepEqual(options.sentinels, [{ host: 'valkey', port: 6379 }]);
  assert.equal(options.sentinelTLS, tls);
  assert.equal(options.enableTLSForSentinelMode, true);
});
