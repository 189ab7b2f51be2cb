import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { BackendResponse } from './backend-client.ts';
import { BackendError } from './backend-error.ts';
import { startDiscoveryPoll } from './discovery-poll.ts';

/** A poll in simulated time, of a backend that lists `names`, or fails without them. */
async function setUp(t: TestContext, names: readonly string[] | undefined) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const state = {
    names,
    kind: 'APIResourceList',
    now: 0,
    polls: 0,
    changes: 0,
    troubles: [] as (string | undefined)[],
  };
  const poll = startDiscoveryPoll({
    client: {
      async get() {
        state.polls++;
        if (state.names === undefined) throw new BackendError('refused');
        return listOf(state.kind, state.names);
      },
    },
    path: '/apis/custom.metrics.k8s.io/v1beta2',
    external: false,
    onTrouble: (trouble) => state.troubles.push(trouble),
    onChange: () => state.changes++,
    now: () => state.now,
  });
  t.after(() => poll.close());
  const after = async (ms: number) => {
    state.now += ms;
    t.mock.timers.tick(ms);
    await turn();
  };
  await turn();
  return { state, poll, after };
}

function listOf(kind: string, names: readonly string[]): BackendResponse {
  const resources = names.map((name) => ({ name, namespaced: true }));
  const body = Buffer.from(JSON.stringify({ kind, resources }));
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

test('the list is read about every 30 s, and another order of it is no change', async (t) => {
  const { state, poll, after } = await setUp(t, ['pods/a', 'pods/b']);
  const first = poll.metrics;
  assert.deepEqual(
    first.map(({ metric }) => metric),
    ['a', 'b'],
  );
  state.names = ['pods/b', 'pods/a'];
  await after(33_000);
  assert.equal(state.polls, 2);
  assert.equal(poll.metrics, first);
  state.names = ['pods/b'];
  await after(33_000);
  assert.notEqual(poll.metrics, first);
  assert.deepEqual([state.polls, state.changes, state.troubles], [3, 2, []]);
});

test('while the backend is down the last list stays and gets older, and polls are more frequent', async (t) => {
  const { state, poll, after } = await setUp(t, ['pods/a']);
  const { metrics } = poll;
  state.names = undefined;
  await after(33_000);
  await after(5_000);
  assert.deepEqual([state.polls, poll.trouble, poll.age()], [3, 'refused', 38_000]);
  assert.equal(poll.metrics, metrics);
  state.names = ['pods/a'];
  await after(5_000);
  assert.deepEqual([poll.trouble, poll.age()], [undefined, 0]);
  assert.deepEqual(state.troubles, ['refused', undefined]);
});

test('an answer that is not a list leaves the last list in place', async (t) => {
  const { state, poll, after } = await setUp(t, ['pods/a']);
  const { metrics } = poll;
  state.kind = 'APIGroup';
  await after(33_000);
  assert.equal(poll.trouble, 'its discovery is not an APIResourceList');
  assert.equal(poll.metrics, metrics);
});
