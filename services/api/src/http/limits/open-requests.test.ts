import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, createOpenRequests } from './open-requests.ts';

const requester = (address: string) => ({ address, weight: 0 });

test('with too much weight, the largest connection of the heaviest address has to close', () => {
  const open = createOpenRequests({ weight: 100, count: 10 });
  const [honest, small, large] = [requester('hpa'), requester('stranger'), requester('stranger')];
  assert.equal(open.add(honest, 40), undefined);
  assert.equal(open.add(small, 25), undefined);
  assert.equal(open.add(large, 30), undefined);
  assert.equal(open.add(honest, 10), large);
  open.remove(large, 30);
  assert.equal(open.add(honest, 10), undefined);
});

test('with too many requests, the largest connection of the heaviest address has to close', () => {
  const open = createOpenRequests({ weight: 1_000, count: 3 });
  const [honest, stranger] = [requester('hpa'), requester('stranger')];
  for (let i = 0; i < 2; i++) assert.equal(open.add(stranger, 10), undefined);
  assert.equal(open.add(honest, 10), undefined);
  assert.equal(open.add(honest, 5), stranger);
  open.remove(stranger, 10);
  open.remove(honest, 5);
  assert.equal(open.add(honest, 5), undefined);
});

test('requests that are finished do not count', () => {
  const open = createOpenRequests({ weight: 100, count: 10 });
  const connection = requester('hpa');
  for (let i = 0; i < 10; i++) {
    assert.equal(open.add(connection, 60), undefined);
    open.remove(connection, 60);
  }
  assert.equal(connection.weight, 0);
});

test('a request occupies the text of its headers and some more', () => {
  assert.equal(bytesOf(['x-long', 'y'.repeat(50_000)]) - bytesOf([]), 50_006);
  assert.ok(bytesOf([]) > 4_000);
});
