import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backOff } from './client-options.ts';

test('the pause before an attempt doubles up to half a second, and half of it is random', () => {
  const lowest = [25, 50, 100, 200, 250, 250, 250, 250, 250];
  for (const [index, low] of lowest.entries()) {
    for (let turn = 0; turn < 100; turn += 1) {
      const pause = backOff(index + 1);
      assert.ok(pause >= low && pause <= 2 * low, `attempt ${index + 1}: ${pause} ms`);
    }
  }
  assert.notEqual(backOff(9), backOff(9));
});
