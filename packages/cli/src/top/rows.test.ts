import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOW, slotOf, slotsBytes } from '@activescale/metrics/testing';
import { rowsOf, topText } from './rows.ts';

const WIDE = { width: Number.POSITIVE_INFINITY, lines: undefined };
const RULES = { metricTtl: 20_000, idleAsZero: 'peers' } as const;

test('the busiest pod comes first, an unknown value is a dash, and an expired record is not shown', () => {
  const slot = slotOf({
    mean: 4,
    started: 20,
    completed: 20,
    errors: 5,
    timed: 20,
    durations: 500,
    buckets: [0, 20],
  });
  const values = [
    slotsBytes([slot], { active: 3, bounds: [100] }),
    slotsBytes([slotOf({})], { active: 9, arrival: NOW - 2_000 }),
    slotsBytes([slotOf({})], { active: 1, arrival: NOW - 30_000 }),
    slotsBytes([slotOf({})], { active: 1, arrival: NOW - 90_000 }),
    null,
  ];
  const pods = ['a', 'b', 'silent', 'gone', 'never'].map((name) => ({ name }));
  assert.equal(
    topText('shop', rowsOf({ pods, values, now: NOW }, RULES), WIDE),
    [
      'POD     STATE    AGE     ACTIVE  MEAN 1M  PER S  P95 S  ERRORS',
      'b       live     2.0 s   9       0        0      -      -',
      'a       live     1.0 s   3       4        20     0.095  0.25',
      'silent  unknown  30.0 s  1       0        0      -      -',
      '',
      '3 pods in shop, 13 requests in flight',
      '',
    ].join('\n'),
  );
});

test('on a small screen the busiest are left, and the sum is still that of all', () => {
  const values = [1, 2, 3].map((active) => slotsBytes([slotOf({})], { active }));
  const pods = ['a', 'b', 'c'].map((name) => ({ name }));
  const text = topText('shop', rowsOf({ pods, values, now: NOW }, RULES), { ...WIDE, lines: 6 });
  assert.deepEqual(text.match(/^[abc]/gm), ['c', 'b']);
  assert.match(text, /\n3 pods in shop, 6 requests in flight\n$/);
});

test('a namespace without records says so', () => {
  assert.equal(topText('shop', [], WIDE), 'no pod in shop has a record\n');
});

test('a record that cannot be used is a row with its reason, not a missing pod', () => {
  const ahead = slotsBytes([slotOf({})], { active: 9, arrival: NOW + 5_000 });
  const values = [slotsBytes([slotOf({})], { active: 3 }), ahead, Buffer.from([1, 0, 0])];
  const pods = ['a', 'ahead', 'corrupt'].map((name) => ({ name }));
  const [heading, ...lines] = topText('shop', rowsOf({ pods, values, now: NOW }, RULES), WIDE).split('\n');
  assert.match(heading ?? '', /ERRORS$/);
  assert.match(lines[0] ?? '', /^a +live +1\.0 s +3 /);
  assert.match(lines[1] ?? '', /^ahead +unknown +- +- +- +- +- +- +its record is 5\.0 s in the future/);
  assert.match(lines[2] ?? '', /^corrupt +unknown +- +- +- +- +- +- +its record is corrupt/);
  assert.equal(lines[4], '3 pods in shop, 3 requests in flight');
});

test('on a narrow terminal each pod is a block, and only whole blocks are shown', () => {
  const values = [1, 2, 3].map((active) => slotsBytes([slotOf({})], { active }));
  const pods = ['web-a', 'web-b', 'web-c'].map((name) => ({ name }));
  const text = topText('shop', rowsOf({ pods, values, now: NOW }, RULES), { width: 44, lines: 10 });
  assert.equal(
    text,
    `POD web-c
  STATE live  AGE 1.0 s  ACTIVE 3  MEAN 1M 0
  PER S 0  P95 S -  ERRORS -
POD web-b
  STATE live  AGE 1.0 s  ACTIVE 2  MEAN 1M 0
  PER S 0  P95 S -  ERRORS -

3 pods in shop, 6 requests in flight
`,
  );
});
