import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSelectionMemory } from './selection-memory.ts';

const of = (pods: number) => ({
  pods: Array.from({ length: pods }, (_, i) => ({ name: `web-${i}` })),
  workloads: [],
});

test('remembers selections until a pod of their namespace changes', () => {
  const memory = createSelectionMemory();
  const selection = of(3);
  memory.set('shop', 'app=web', selection);
  memory.set('other', 'app=web', of(1));
  assert.equal(memory.get('shop', 'app=web'), selection);
  assert.equal(memory.get('shop', 'app=api'), undefined);
  memory.forget('shop');
  assert.equal(memory.get('shop', 'app=web'), undefined);
  assert.equal(memory.get('other', 'app=web')?.pods.length, 1);
});

test('forgets a namespace with more than 64 selections', () => {
  const memory = createSelectionMemory();
  for (let i = 0; i < 64; i++) memory.set('shop', `i=${i}`, of(1));
  assert.ok(memory.get('shop', 'i=0'));
  memory.set('shop', 'i=64', of(1));
  assert.equal(memory.get('shop', 'i=0'), undefined);
  assert.ok(memory.get('shop', 'i=64'));
});

test('keeps within its bytes by forgetting the namespace that was not added to for longest', () => {
  const memory = createSelectionMemory(300_000);
  memory.set('a', 'x', of(1_000));
  memory.set('b', 'x', of(1_000));
  memory.set('c', 'x', of(1_000));
  const kept = () => ['a', 'b', 'c'].filter((namespace) => memory.get(namespace, 'x'));
  assert.deepEqual(kept(), ['b', 'c']);
  memory.set('a', 'k'.repeat(50_000), of(1));
  assert.deepEqual(kept(), ['c']);
});

test('does not keep a selection that is larger than all of its memory', () => {
  const memory = createSelectionMemory(1_000);
  memory.set('shop', 'x', of(100));
  assert.equal(memory.get('shop', 'x'), undefined);
  memory.set('shop', 'y', of(1));
  assert.ok(memory.get('shop', 'y'), 'what it held is not counted any more');
});
