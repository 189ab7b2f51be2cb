import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeClient } from '@activescale/kube';
import { StatusError } from '../http/status-error.ts';
import { createNoPods } from './no-pods.ts';

/** Never called: the cluster stopped answering long ago. */
const client = {} as KubeClient;

function silentFor(ms: number) {
  return createNoPods({ client, pods: { select: () => [] }, age: () => ms });
}

function isUnavailable(error: unknown): boolean {
  return error instanceof StatusError && error.status.code === 503;
}

test('after three minutes without a word of the cluster nothing is known to have no pods', async () => {
  assert.equal(silentFor(180_000).ofObject(), true);
  const noPods = silentFor(181_000);
  assert.throws(() => noPods.ofObject(), isUnavailable);
  await assert.rejects(noPods.ofNamespace('shop'), isUnavailable);
  await assert.rejects(noPods.ofExternal('shop', { labels: [], identity: [] }), isUnavailable);
});
