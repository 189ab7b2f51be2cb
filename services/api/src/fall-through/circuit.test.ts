import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resourceNotFound } from '@activescale/protocol/kubernetes';
import { StatusError } from '../http/status-error.ts';
import { createCircuit } from './circuit.ts';

/** A circuit in simulated time that counts what is sent. */
function setUp() {
  const state = { now: 0, sent: 0 };
  const circuit = createCircuit(() => state.now);
  const run = (send: () => Promise<string>) =>
    circuit
      .run(() => {
        state.sent++;
        return send();
      })
      .catch((error: Error) => error.message);
  return { state, circuit, run };
}

const failing = () => Promise.reject(new Error('refused'));
const answering = async () => 'answer';

test('after five failures in a row it refuses queries at once, with the reason', async () => {
  const { state, circuit, run } = setUp();
  for (let i = 0; i < 4; i++) await run(failing);
  assert.equal(await run(answering), 'answer');
  for (let i = 0; i < 5; i++) await run(failing);
  assert.equal(state.sent, 10);
  assert.equal(circuit.trouble, 'refused');
  assert.equal(await run(answering), 'refused');
  assert.equal(state.sent, 10);
});

test('after a pause one query at a time tries again, and its answer closes it', async () => {
  const { state, circuit, run } = setUp();
  for (let i = 0; i < 5; i++) await run(failing);
  state.now = 1_000;
  const { promise, reject } = Promise.withResolvers<string>();
  const retry = run(() => promise);
  assert.equal(await run(answering), 'refused');
  reject(new Error('still refused'));
  assert.equal(await retry, 'still refused');
  assert.equal(await run(answering), 'still refused');
  state.now = 2_000;
  assert.equal(await run(answering), 'answer');
  assert.equal(circuit.trouble, undefined);
  assert.equal(await run(answering), 'answer');
});

test('an error status of the backend does not count as a failure', async () => {
  const { state, circuit, run } = setUp();
  for (let i = 0; i < 9; i++) await run(() => Promise.reject(new StatusError(resourceNotFound())));
  assert.equal(state.sent, 9);
  assert.equal(circuit.trouble, undefined);
});

test('the last failure is forgotten after a minute without queries', async () => {
  const { state, circuit, run } = setUp();
  for (let i = 0; i < 5; i++) await run(failing);
  state.now = 59_999;
  assert.equal(circuit.trouble, 'refused');
  state.now = 60_000;
  assert.equal(circuit.trouble, undefined);
});
