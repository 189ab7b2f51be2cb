import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryBudget } from './memory-budget.ts';

const MIB = 1024 * 1024;

function setUp(maxBytes = 64 * MIB) {
  const evicted: [string, 'memory' | 'time'][] = [];
  const budget = createMemoryBudget({ maxBytes, patience: 30_000, overdue: 5_000 });
  const holders = new Map<string, { address: string; evict(reason: 'memory' | 'time'): void }>();
  return {
    budget,
    evicted,
    /** @param name `<address>` or `<address>/<call>` */
    hold(name: string, held: number, promised: number, since = 0, now = since) {
      const holder = holders.get(name) ?? {
        address: name.split('/')[0] ?? '',
        evict: (reason: 'memory' | 'time') => void evicted.push([name, reason]),
      };
      holders.set(name, holder);
      budget.hold(holder, { held, promised, since }, now);
    },
  };
}

test('sixty senders of large messages do not evict a gateway whose smaller one has half arrived', () => {
  const { hold, evicted } = setUp();
  hold('gateway', 4 * MIB, 8 * MIB);
  for (let i = 0; i < 60; i++) hold(`rogue-${i}`, 1.6 * MIB, 30 * MIB, i);
  assert.equal(evicted.length, 23);
  assert.ok(evicted.every(([name, reason]) => name.startsWith('rogue') && reason === 'memory'));
});

test('an address that promises little in each of many calls is the heaviest by their sum', () => {
  const { hold, evicted } = setUp();
  hold('gateway', 4 * MIB, 8 * MIB);
  for (let i = 0; i < 100; i++) hold(`rogue/${i}`, MIB, MIB);
  assert.ok(evicted.length >= 40);
  assert.ok(evicted.every(([name]) => name.startsWith('rogue/')));
});

test('where memory is short, a message that has taken seconds goes before any other', () => {
  const { hold, evicted } = setUp();
  for (let i = 0; i < 30; i++) hold(`rogue-${i}`, 2 * MIB, 2 * MIB, i);
  hold('gateway', 8 * MIB, 9 * MIB, 5_010);
  assert.deepEqual(evicted, [
    ['rogue-0', 'memory'],
    ['rogue-1', 'memory'],
  ]);
});

test('a message that never completes is evicted in time, and one that follows a complete one is not', () => {
  const { budget, hold, evicted } = setUp();
  hold('stalled', 1, 10);
  hold('busy', 1, 10);
  hold('busy', 1, 10, 29_000);
  hold('done', 1, 10);
  hold('done', 0, 0);
  budget.sweep(30_000);
  assert.deepEqual(evicted, []);
  budget.sweep(30_001);
  assert.deepEqual(evicted, [['stalled', 'time']]);
});

test('what is released makes room', () => {
  const { hold, evicted } = setUp(10);
  for (let i = 0; i < 100; i++) {
    hold('a', 10, 10, i);
    hold('a', 5, 10, i);
    hold('a', 0, 0, i);
  }
  assert.deepEqual(evicted, []);
  hold('a', 11, 11);
  assert.equal(evicted.length, 1);
});
