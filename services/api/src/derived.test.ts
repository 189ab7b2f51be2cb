import assert from 'node:assert/strict';
import { test } from 'node:test';
import { derived } from './derived.ts';

test('is computed again only when its source is another object', () => {
  let source = { n: 1 };
  let made = 0;
  const doubled = derived(
    () => source,
    ({ n }) => {
      made++;
      return 2 * n;
    },
  );
  assert.deepEqual([doubled(), doubled(), made], [2, 2, 1]);
  source = { n: 2 };
  assert.deepEqual([doubled(), doubled(), made], [4, 4, 2]);
});
