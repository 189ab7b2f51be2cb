import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createReviewGate, type ReviewGateOptions } from './review-gate.ts';

const REFUSED = { name: 'StatusError', message: /too many requests from this client need auth/ };

function start(options: Partial<ReviewGateOptions> = {}) {
  const state = { now: 0, refused: 0 };
  const gate = createReviewGate({
    perSecond: 1_000,
    atOnce: 100,
    atOncePerSender: 100,
    burst: 5,
    refill: 1,
    retryAfter: undefined,
    onRefused: () => state.refused++,
    now: () => state.now,
    ...options,
  });
  const fail = (sender: string) =>
    gate.run(
      sender,
      async () => 'no',
      (answer) => answer === 'yes',
    );
  const pass = (sender: string) =>
    gate.run(
      sender,
      async () => 'yes',
      (answer) => answer === 'yes',
    );
  /** A review that ends on request. */
  const hold = (sender: string, started: string[] = []) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const result = gate.run(
      sender,
      () => {
        started.push(sender);
        return promise;
      },
      () => false,
    );
    return { result, end: () => resolve('') };
  };
  return { state, gate, fail, pass, hold };
}

test('a sender that proves nothing is refused after its burst, and allowed again at the refill', async () => {
  const { state, fail } = start();
  for (let i = 0; i < 5; i++) assert.equal(await fail('10.0.0.1'), 'no');
  await assert.rejects(fail('10.0.0.1'), REFUSED);
  assert.equal(state.refused, 1);
  assert.equal(await fail('10.0.0.2'), 'no', 'another sender has its own budget');
  state.now = 1_000;
  await fail('10.0.0.1');
  await assert.rejects(fail('10.0.0.1'), REFUSED);
});

test('a refusal with Retry-After is held back, so that a sender in a loop is slow', async () => {
  const { fail, state } = start({ burst: 1, retryAfter: 0.2 });
  await fail('10.0.0.1');
  const begun = performance.now();
  const refused = await Promise.allSettled(Array.from({ length: 1_100 }, () => fail('10.0.0.1')));
  assert.ok(performance.now() - begun > 190);
  assert.ok(refused.every(({ status }) => status === 'rejected'));
  assert.equal(state.refused, 1_100);
});

test('reviews that prove the sender cost it nothing', async () => {
  const { pass } = start();
  for (let i = 0; i < 50; i++) assert.equal(await pass('10.0.0.1'), 'yes');
});

test('a review that fails proves nothing, and ends', async () => {
  const { gate, pass } = start({ atOnce: 1 });
  const broken = () => gate.run('a', () => Promise.reject(new Error('away')), Boolean);
  for (let i = 0; i < 5; i++) await assert.rejects(broken, /away/);
  await assert.rejects(broken, REFUSED);
  assert.equal(await pass('b'), 'yes');
});

test('of waiting reviews, the sender with the fewest failed ones goes first', async () => {
  const { fail, hold } = start({ atOnce: 1 });
  for (let i = 0; i < 3; i++) await fail('guesser');
  const started: string[] = [];
  const [first, guess, honest] = ['x', 'guesser', 'honest'].map((sender) => hold(sender, started));
  for (const each of [first, honest, guess]) {
    each?.end();
    await each?.result;
  }
  assert.deepEqual(started, ['x', 'honest', 'guesser']);
});

test('one sender does not get all places', async () => {
  const { hold } = start({ atOnce: 3, atOncePerSender: 2 });
  const started: string[] = [];
  const all = ['a', 'a', 'a', 'b'].map((sender) => hold(sender, started));
  await setImmediate();
  assert.deepEqual(started, ['a', 'a', 'b']);
  for (const { end } of all) end();
  await Promise.all(all.map(({ result }) => result));
});

test('if too many wait, the heaviest sender is refused, and no review waits for long', async () => {
  const { hold } = start({ atOnce: 1, burst: 1_000 });
  const running = hold('x');
  const settled: string[] = [];
  const waiting = [...Array(200).fill('flood'), 'honest'].map((sender, i) =>
    hold(sender).result.catch((error: Error) => settled.push(`${sender} ${i} ${error.name}`)),
  );
  await Promise.race(waiting);
  assert.equal(settled.length, 1);
  assert.match(settled[0] ?? '', /^flood /);
  await Promise.all(waiting); // the review in flight does not end
  assert.equal(settled.length, 201);
  running.end();
  await running.result;
});

test('starts no more reviews in a second than it may', async () => {
  const { pass } = start({ perSecond: 20, now: () => performance.now() });
  const begun = performance.now();
  await Promise.all(Array.from({ length: 22 }, (_, i) => pass(`sender ${i}`)));
  assert.ok(performance.now() - begun >= 95, 'two more than a second may have');
});

test('long names of senders are kept apart', async () => {
  const { fail } = start({ burst: 1 });
  const name = 'x'.repeat(10_000);
  await fail(`${name}1`);
  await fail(`${name}2`);
  await assert.rejects(fail(`${name}1`), REFUSED);
});
