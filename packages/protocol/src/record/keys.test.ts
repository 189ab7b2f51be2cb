import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headKey, podsKey, slotsKey } from './keys.ts';

test('the keys of a namespace share its hash tag', () => {
  assert.equal(headKey('activescale', 'shop', 'web-1'), 'activescale:{shop}:head:web-1');
  assert.equal(slotsKey('activescale', 'shop', 'web-1'), 'activescale:{shop}:slots:web-1');
  assert.equal(podsKey('activescale', 'shop'), 'activescale:{shop}:pods');
});
