import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { StoreOptions } from '../types.ts';
import { readCredentials, readSentinelCredentials } from './credentials.ts';

const folder = mkdtempSync(join(tmpdir(), 'credentials-'));
after(() => rmSync(folder, { recursive: true }));

/** Writes a file into the test's folder and gives its path. */
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const OPTIONS: StoreOptions = {
  addresses: [{ host: 'valkey', port: 6379 }],
  mode: 'sentinel',
  sentinel: { name: 'primary' },
  keyPrefix: 'test',
  clientName: 'test',
  onState() {},
};
const passwordFile = file('password', 's3 cret\n');

test('the last line end of a password file is not part of the password', () => {
  const credentials = readCredentials({ ...OPTIONS, username: 'me', passwordFile });
  assert.deepEqual(credentials, { username: 'me', password: 's3 cret' });
});

test('a certificate is checked unless TLS is insecure', () => {
  assert.equal(readCredentials({ ...OPTIONS, tls: { insecure: false } }).tls?.rejectUnauthorized, true);
  assert.equal(readCredentials({ ...OPTIONS, tls: { insecure: true } }).tls?.rejectUnauthorized, false);
});

test("Sentinels get the servers' password, for the servers' user and then for the default user", () => {
  assert.deepEqual(readSentinelCredentials(OPTIONS).logins, []);
  assert.deepEqual(readSentinelCredentials({ ...OPTIONS, passwordFile }).logins, [['s3 cret']]);
  assert.deepEqual(readSentinelCredentials({ ...OPTIONS, username: 'me', passwordFile }).logins, [
    ['me', 's3 cret'],
    ['s3 cret'],
  ]);
});

test('a user and a password that are set for Sentinels are the only ones that they get', () => {
  const servers = { ...OPTIONS, username: 'me', passwordFile };
  const sentinel = { name: 'primary', username: 'watcher', passwordFile: file('other', 'other') };
  assert.deepEqual(readSentinelCredentials({ ...servers, sentinel }).logins, [['watcher', 'other']]);
  const { name } = sentinel;
  assert.deepEqual(readSentinelCredentials({ ...servers, sentinel: { name, username: 'watcher' } }).logins, [
    ['watcher', 's3 cret'],
  ]);
});

test('Sentinels are asked over TLS as the servers are, unless they have their own or none', () => {
  const servers = { ...OPTIONS, tls: { insecure: true } };
  const tlsOf = (tls?: { insecure: boolean } | false) =>
    readSentinelCredentials({ ...servers, sentinel: { name: 'primary', ...(tls !== undefined && { tls }) } })
      .tls;
  assert.equal(tlsOf()?.rejectUnauthorized, false);
  assert.equal(tlsOf({ insecure: false })?.rejectUnauthorized, true);
  assert.equal(tlsOf(false), undefined);
  assert.equal(readSentinelCredentials(OPTIONS).tls, undefined);
});
