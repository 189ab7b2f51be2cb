import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStreamQuota } from './stream-quota.ts';

test('above the limit the address with the most streams loses its newest', () => {
  const quota = createStreamQuota<string>(4);
  for (const stream of ['r1', 'r2', 'r3']) assert.equal(quota.open(stream, 'rogue'), undefined);
  assert.equal(quota.open('a', '192.0.2.1'), undefined);
  assert.equal(quota.open('b', '192.0.2.2'), 'r3');
  assert.equal(quota.open('r4', 'rogue'), 'r4');
});

test('a new stream is refused where every address has one', () => {
  const quota = createStreamQuota<string>(2);
  quota.open('a', '192.0.2.1');
  quota.open('b', '192.0.2.2');
  assert.equal(quota.open('c', '192.0.2.3'), 'c');
  quota.close('a');
  assert.equal(quota.open('c', '192.0.2.3'), undefined);
});

test('closing a stream twice, or one that is not open, changes nothing', () => {
  const quota = createStreamQuota<string>(1);
  quota.open('a', '192.0.2.1');
  quota.close('a');
  quota.close('a');
  quota.close('never');
  assert.equal(quota.open('b', '192.0.2.1'), undefined);
  assert.equal(quota.open('c', '192.0.2.1'), 'c');
});
