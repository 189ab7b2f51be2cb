import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogRate } from './log-rate.ts';

test('ten lines of a kind at once, then one every ten seconds with the number of suppressed ones', () => {
  let now = 0;
  const rate = createLogRate(() => now);
  const lines = Array.from({ length: 100 }, () => rate('identity'));
  assert.deepEqual(
    lines.filter((suppressed) => suppressed !== undefined),
    Array(10).fill(0),
  );
  now = 9_999;
  assert.equal(rate('identity'), undefined);
  now = 10_000;
  assert.equal(rate('identity'), 91);
  assert.equal(rate('identity'), undefined);
  assert.equal(rate('malformed'), 0, 'another kind has lines of its own');
  now = 10_000_000;
  assert.equal(Array.from({ length: 100 }, () => rate('identity')).filter((n) => n !== undefined).length, 10);
});
