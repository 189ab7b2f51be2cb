import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { refusalOf } from './refusal.ts';

test('only the statuses that grpc-js gives itself stand for a refusal', () => {
  const reasons = Object.fromEntries(
    [
      status.OK,
      status.CANCELLED,
      status.UNAVAILABLE,
      status.INVALID_ARGUMENT, // counted with the message that was wrong
      status.RESOURCE_EXHAUSTED,
      status.INTERNAL,
      status.UNIMPLEMENTED,
    ].map((code) => [status[code], refusalOf(code)]),
  );
  assert.deepEqual(reasons, {
    OK: undefined,
    CANCELLED: undefined,
    UNAVAILABLE: undefined,
    INVALID_ARGUMENT: undefined,
    RESOURCE_EXHAUSTED: 'too_large',
    INTERNAL: 'compression',
    UNIMPLEMENTED: 'compression',
  });
});
