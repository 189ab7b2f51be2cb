import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFor, parseHeadroom, sourceOf } from './options.ts';

const refused = (message: RegExp) => ({ name: 'UsageError', message });

test('a duration is half an hour of records or six hours of history, unless given', () => {
  assert.deepEqual([parseFor(undefined, false), parseFor(undefined, true)], [1_800_000, 21_600_000]);
  assert.equal(parseFor('90s', false), 90_000);
  assert.equal(parseFor('168h', true), 604_800_000);
  for (const text of ['', '90', '25h', '0', '-1s'])
    assert.throws(() => parseFor(text, false), refused(/--for/));
});

test('headroom is a share below all', () => {
  assert.deepEqual(['30%', '0.25', '0', '12.5%'].map(parseHeadroom), [0.3, 0.25, 0, 0.125]);
  for (const text of ['', '100%', '1', '-5%', 'x'])
    assert.throws(() => parseHeadroom(text), refused(/--headroom/), text);
});

test('evidence has one source', () => {
  assert.equal(sourceOf({}), 'records');
  assert.equal(sourceOf({ from: 'web.json' }), 'file');
  assert.equal(sourceOf({ prometheus: 'http://127.0.0.1:9090', namespace: 'shop' }), 'prometheus');
  assert.throws(() => sourceOf({ from: 'a', for: '1m' }), refused(/--from and --for contradict each other/));
  assert.throws(() => sourceOf({ histogram: 'a' }), refused(/--histogram requires --prometheus/));
  assert.throws(() => sourceOf({ prometheus: 'http://127.0.0.1:9090' }), refused(/-n NAMESPACE is missing/));
});
