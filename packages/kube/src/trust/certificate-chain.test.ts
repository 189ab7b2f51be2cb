import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { createAuthority } from '@activescale/devkit';
import { FOR_CLIENTS, FOR_SERVERS, isTrusted, readCertificates } from './certificate-chain.ts';

const ca = await createAuthority('ca');
const authority = readCertificates(ca.cert);

function trusted(cert: string, usage = FOR_CLIENTS, anchors = authority, now = Date.now()): boolean {
  return isTrusted({ leaf: new X509Certificate(cert), issuerOf: () => undefined }, usage, anchors, now);
}

test('trusts what an anchor signed for that use, while it is valid', async () => {
  const { cert } = await ca.sign({ name: 'alice', use: 'client' });
  assert.equal(trusted(cert), true);
  assert.equal(trusted(cert, FOR_SERVERS), false);
  assert.equal(trusted(cert, FOR_CLIENTS, []), false);
  assert.equal(trusted(cert, FOR_CLIENTS, authority, Date.now() + 48 * 3_600_000), false);
});

test('does not trust a forged authority of the same name', async () => {
  const forged = await createAuthority('ca');
  const { cert } = await forged.sign({ name: 'alice', use: 'client' });
  assert.equal(trusted(cert), false);
});

test('does not trust what a certificate that is no authority signed', async () => {
  const { cert } = await ca.sign({ name: 'alice', use: 'client' });
  assert.equal(trusted(cert, FOR_CLIENTS, readCertificates(cert)), true, 'an anchor vouches for itself');
  const other = await ca.sign({ name: 'bob', use: 'client' });
  assert.equal(trusted(other.cert, FOR_CLIENTS, readCertificates(cert)), false);
});
