import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, createRequestMemory } from './request-memory.ts';

const holder = (address: string) => ({ address, bytes: 0 });

test('with too many bytes, the largest connection of the heaviest address has to close', () => {
  const memory = createRequestMemory({ bytes: 100, count: 10 });
  const [honest, small, large] = [holder('hpa'), holder('stranger'), holder('stranger')];
  assert.equal(memory.add(honest, 40), undefined);
  assert.equal(memory.add(small, 25), undefined);
  assert.equal(memory.add(large, 30), undefined);
  assert.equal(memory.add(honest, 10), large);
  memory.remove(large, 30);
  assert.equal(memory.add(honest, 10), undefined);
});

test('with too many requests, the largest connection of the heaviest address has to close', () => {
  const memory = createRequestMemory({ bytes: 1_000, count: 3 });
  const [honest, stranger] = [holder('hpa'), holder('stranger')];
  for (let i = 0; i < 2; i++) assert.equal(memory.add(stranger, 10), undefined);
  assert.equal(memory.add(honest, 10), undefined);
  assert.equal(memory.add(honest, 5), stranger);
  memory.remove(stranger, 10);
  memory.remove(honest, 5);
  assert.equal(memory.add(honest, 5), undefined);
});

test('requests that are finished do not count', () => {
  const memory = createRequestMemory({ bytes: 100, count: 10 });
  const connection = holder('hpa');
  for (let i = 0; i < 10; i++) {
    assert.equal(memory.add(connection, 60), undefined);
    memory.remove(connection, 60);
  }
  assert.equal(connection.bytes, 0);
});

test('a request occupies the text of its headers and some more', () => {
  assert.equal(bytesOf(['x-long', 'y'.repeat(50_000)]) - bytesOf([]), 50_006);
  assert.ok(bytesOf([]) > 4_000);
});
