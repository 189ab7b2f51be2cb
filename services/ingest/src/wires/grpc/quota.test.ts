import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createQuota, type Limit } from './quota.ts';

function setUp(maxStreams: number, maxBytes: number) {
  const ended: [string, Limit][] = [];
  const quota = createQuota<string>({
    maxStreams,
    maxBytes,
    exceeded: (stream, limit) => ended.push([stream, limit]),
  });
  return { quota, ended };
}

test('of too many streams, one of the address with the most has to go', () => {
  const { quota, ended } = setUp(4, 100);
  for (const stream of ['r1', 'r2', 'r3']) assert.ok(quota.open(stream, 'rogue'));
  assert.ok(quota.open('a', '10.0.0.1'));
  assert.ok(quota.open('b', '10.0.0.2'), 'somebody else still gets in');
  assert.deepEqual(ended, [['r3', 'streams']]);
  assert.equal(quota.open('r4', 'rogue'), false);
  assert.deepEqual(ended.at(-1), ['r4', 'streams']);
});

test('who is alone with an address is refused where all have one stream', () => {
  const { quota, ended } = setUp(2, 100);
  quota.open('a', '10.0.0.1');
  quota.open('b', '10.0.0.2');
  assert.equal(quota.open('c', '10.0.0.3'), false);
  assert.deepEqual(ended, [['c', 'streams']]);
  quota.close('a');
  assert.ok(quota.open('c', '10.0.0.3'));
});

test('of too much memory, the largest stream of the address that holds most has to go', () => {
  const { quota, ended } = setUp(10, 100);
  for (const stream of ['r1', 'r2', 'r3']) quota.open(stream, 'rogue');
  quota.open('gateway', '10.0.0.1');
  quota.holds('r1', 20);
  quota.holds('r2', 25);
  quota.holds('r3', 20);
  quota.holds('gateway', 30);
  assert.deepEqual(ended, []);
  quota.holds('gateway', 36);
  assert.deepEqual(ended, [['r2', 'memory']]);
  quota.holds('gateway', 50);
  assert.equal(ended.length, 1, 'what it held is free');
});

test('what is handed over and who has closed hold nothing', () => {
  const { quota, ended } = setUp(10, 100);
  quota.open('a', '10.0.0.1');
  quota.open('b', '10.0.0.1');
  for (let i = 0; i < 10; i++) {
    quota.holds('a', 90);
    quota.holds('a', 0);
  }
  quota.holds('b', 90);
  quota.close('b');
  quota.holds('b', 1_000); // a piece that was on its way
  quota.holds('a', 100);
  assert.deepEqual(ended, []);
});
