import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { selfSignedCertificate } from './certificate.ts';

test('makes a certificate that verifies for each of its names, with its own key, for a year', async () => {
  const now = Date.parse('2026-11-22T12:00:00Z');
  const { cert, key } = await selfSignedCertificate(['localhost', '127.0.0.1', '::1'], now);
  const certificate = new X509Certificate(cert);
  assert.equal(certificate.checkHost('localhost'), 'localhost');
  assert.equal(certificate.checkIP('127.0.0.1'), '127.0.0.1');
  assert.equal(certificate.checkIP('::1'), '::1');
  assert.ok(certificate.checkPrivateKey(createPrivateKey(key)));
  assert.ok(certificate.verify(certificate.publicKey));
  assert.equal(certificate.validToDate.getTime(), Date.parse('2027-11-22T12:00:00Z'));
});
