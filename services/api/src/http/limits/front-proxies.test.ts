import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFrontProxies } from './front-proxies.ts';

test('an address of the front proxy counts for an hour after its last connection', () => {
  let now = 0;
  const proxies = createFrontProxies(() => now);
  assert.equal(proxies.has('192.0.2.1'), false);
  proxies.add('192.0.2.1');
  proxies.add('192.0.2.2');
  now = 3_000_000;
  proxies.add('192.0.2.1');
  now = 4_000_000;
  assert.deepEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3'].map(proxies.has), [true, false, false]);
  now = 7_000_000;
  assert.equal(proxies.has('192.0.2.1'), false);
});
