import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KubeClient, KubeError } from '@activescale/kube';
import { createCachedClient } from './cached-client.ts';

/** Answers with the number of requests so far. */
function countingClient(fails: (path: string) => boolean = () => false) {
  const paths: string[] = [];
  const never = () => Promise.reject(new Error('not a GET'));
  const client: KubeClient = {
    async get<T>(path: string) {
      paths.push(path);
      await new Promise(setImmediate);
      if (fails(path)) throw new KubeError(403, 'forbidden');
      return paths.length as T;
    },
    stream: never,
    post: never,
    apply: never,
    delete: never,
  };
  return { client: createCachedClient(client), paths };
}

const PODS = '/api/v1/namespaces/shop/pods?labelSelector=app%3Dweb';
const VALUES = '/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/*/active_requests';

test('requests for one path share an answer, also while it is in flight', async () => {
  const { client, paths } = countingClient();
  const both = await Promise.all([client.get(PODS, {}), client.get(PODS, {})]);
  assert.deepEqual(both, [1, 1]);
  assert.equal(await client.get(PODS, {}), 1);
  assert.equal(paths.length, 1);
});

test('values of the metrics API are always read again', async () => {
  const { client } = countingClient();
  assert.equal(await client.get(VALUES, {}), 1);
  assert.equal(await client.get(VALUES, {}), 2);
});

test('an error is shared, so that a missing right costs one request a second', async () => {
  const { client, paths } = countingClient(() => true);
  for (let i = 0; i < 3; i++) await assert.rejects(client.get(PODS, {}), { status: 403 });
  assert.equal(paths.length, 1);
});

test('only the newest answers stay in memory', async () => {
  const { client, paths } = countingClient();
  const path = (i: number) => `/api/v1/namespaces/n${i}/pods`;
  for (let i = 0; i <= 500; i++) await client.get(path(i), {});
  await client.get(path(500), {});
  assert.equal(paths.length, 501);
  await client.get(path(0), {});
  assert.equal(paths.length, 502);
});
