import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { PACE_MS } from '../../pace.ts';
import { createGather } from './gather.ts';

function setUp() {
  const clock = { ms: 0 };
  const delivered: string[] = [];
  const gather = createGather({ now: () => clock.ms });
  const add = (deliver: () => void, bytes: number, mayWait = true) =>
    gather.add({ deliver }, { bytes, at: clock.ms, mayWait });
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const deliver = (name: string, then = () => {}) => {
    return () => {
      delivered.push(name);
      then();
    };
  };
  return { clock, delivered, add, deliver, late, resolve };
}

test('a message after a pause is delivered at the end of its turn', async () => {
  const { clock, delivered, add, deliver } = setUp();
  add(deliver('first'), 100);
  assert.deepEqual(delivered, []);
  await turn();
  clock.ms += PACE_MS;
  add(deliver('second'), 100);
  await turn();
  assert.deepEqual(delivered, ['first', 'second']);
});

test('messages that follow closely are delivered together, in their order', async () => {
  const { clock, delivered, add, deliver, late, resolve } = setUp();
  add(deliver('before'), 100);
  await turn();
  clock.ms += 5;
  const [a, b, c] = [deliver('a'), deliver('b'), deliver('c', resolve)];
  for (const each of [a, b, c]) {
    add(each, 100);
    await turn();
  }
  assert.deepEqual(delivered, ['before']);
  await late;
  assert.deepEqual(delivered, ['before', 'a', 'b', 'c']);
});

test('a batch that is large does not wait, and nothing is delivered twice', async () => {
  const { clock, delivered, add, deliver, late, resolve } = setUp();
  add(deliver('before'), 100);
  await turn();
  add(deliver('small'), 100);
  await turn();
  assert.deepEqual(delivered, ['before']);
  add(deliver('large'), 1024 * 1024);
  await turn();
  assert.deepEqual(delivered, ['before', 'small', 'large']);
  clock.ms += 1;
  add(deliver('next', resolve), 100);
  await late;
  assert.deepEqual(delivered, ['before', 'small', 'large', 'next']);
});

test('a message that must not wait is delivered at the end of its turn, with those that wait', async () => {
  const { clock, delivered, add, deliver } = setUp();
  add(deliver('before'), 100);
  await turn();
  clock.ms += 1;
  add(deliver('waits'), 100);
  await turn();
  assert.deepEqual(delivered, ['before']);
  add(deliver('part'), 100, false);
  await turn();
  assert.deepEqual(delivered, ['before', 'waits', 'part']);
});

test('messages that are empty count too: many of them do not wait', async () => {
  const { delivered, add, deliver } = setUp();
  add(deliver('before'), 0);
  await turn();
  for (let i = 0; i < 5_000; i++) add(deliver('empty'), 0);
  await turn();
  assert.equal(delivered.length, 5_001);
});
