import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHealth } from './health.ts';

const WHOLE_SERVER = Buffer.alloc(0);

test('a watcher gets the status now and each change, and nothing after its end', () => {
  const health = createHealth([]);
  const seen: string[] = [];
  const stop = health.watch(WHOLE_SERVER, (response) => seen.push(response.toString('hex')));
  health.set('SERVING');
  health.set('NOT_SERVING');
  health.set('NOT_SERVING');
  assert.deepEqual(seen, ['0801', '0802']);
  stop();
  health.set('SERVING');
  assert.equal(seen.length, 2);
  assert.equal(health.check(WHOLE_SERVER)?.toString('hex'), '0801');
});

test('a request that is malformed is an error of both', () => {
  const health = createHealth([]);
  const malformed = Buffer.from('\x0a\x05a');
  assert.throws(() => health.check(malformed), { code: 'ERR_HEALTH_CHECK_MALFORMED' });
  assert.throws(() => health.watch(malformed, () => {}), { code: 'ERR_HEALTH_CHECK_MALFORMED' });
});
