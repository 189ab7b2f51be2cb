import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createByteBudget } from './byte-budget.ts';

test('answers share a budget, and one that has been read makes room', () => {
  const open = createByteBudget(10);
  const [first, second] = [open(), open()];
  first.take(4);
  first.take(4);
  assert.throws(() => second.take(3), { message: 'answers of other adapters take more than 10 bytes' });
  second.take(2);
  first.close();
  first.close();
  second.take(8);
  assert.throws(() => second.take(1), { code: 'ERR_STATUS' });
});

test('a closed account takes nothing from the budget', () => {
  const open = createByteBudget(10);
  const account = open();
  account.close();
  assert.throws(() => account.take(1));
  open().take(10);
});
