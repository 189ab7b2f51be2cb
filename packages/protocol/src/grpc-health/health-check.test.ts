import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeHealthCheckRequest, encodeHealthCheckResponse } from './health-check.ts';

test('reads the service of a request, and takes an empty request for the whole server', () => {
  assert.equal(decodeHealthCheckRequest(Buffer.from('\x0a\x05a.b.C')), 'a.b.C');
  assert.equal(decodeHealthCheckRequest(Buffer.alloc(0)), '');
});

test('skips fields that it does not know', () => {
  assert.equal(decodeHealthCheckRequest(Buffer.from('\x10\x01\x0a\x01a')), 'a');
});

test('refuses bytes that are no message with a typed error', () => {
  assert.throws(() => decodeHealthCheckRequest(Buffer.from('\x0a\x05a')), {
    name: 'HealthCheckError',
    code: 'ERR_HEALTH_CHECK_MALFORMED',
  });
});

test('writes each status as the enum of health.proto has it', () => {
  assert.deepEqual(encodeHealthCheckResponse('SERVING'), Buffer.from([0x08, 1]));
  assert.deepEqual(encodeHealthCheckResponse('NOT_SERVING'), Buffer.from([0x08, 2]));
  assert.deepEqual(encodeHealthCheckResponse('SERVICE_UNKNOWN'), Buffer.from([0x08, 3]));
});
