import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createInFlight } from './in-flight.ts';

test('refuses a query over the total, and takes one again when another has left', () => {
  const take = createInFlight({ max: 2, maxPerUser: 2 });
  const leave = take('a');
  take('b');
  assert.throws(() => take('c'), { name: 'StatusError', message: /MAX_REQUESTS_IN_FLIGHT\)/ });
  leave();
  take('c');
});

test('refuses a query of a user with too many, and no other user', () => {
  const take = createInFlight({ max: 10, maxPerUser: 2 });
  const leave = take('greedy');
  take('greedy');
  assert.throws(() => take('greedy'), { name: 'StatusError', message: /MAX_REQUESTS_IN_FLIGHT_PER_USER/ });
  take('hpa');
  leave();
  take('greedy');
});

test('without users only the total counts', () => {
  const take = createInFlight({ max: 3, maxPerUser: 1 });
  for (let i = 0; i < 3; i++) take(undefined);
  assert.throws(() => take(undefined), /MAX_REQUESTS_IN_FLIGHT\)/);
});
