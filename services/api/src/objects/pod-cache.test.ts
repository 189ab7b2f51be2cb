import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObjectKey, Owner } from '@activescale/kube';
import { parseLabelSelector } from '@activescale/protocol/kubernetes';
import fc from 'fast-check';
import { createPodCache } from './pod-cache.ts';

const owner = deployment('web');
const everything = parseLabelSelector('');

function deployment(name: string): Owner {
  const controller = { group: 'apps', kind: 'ReplicaSet', name: `${name}-1` };
  return { controller, workload: { group: 'apps', kind: 'Deployment', name } };
}

function statefulSet(name: string): Owner {
  const controller = { group: 'apps', kind: 'StatefulSet', name };
  return { controller, workload: controller };
}

test('selects by namespace and labels, sorted by name', () => {
  const cache = createPodCache();
  for (const name of ['c', 'a', 'b']) cache.set({ namespace: 'shop', name, labels: { app: 'web' }, owner });
  cache.set({ namespace: 'shop', name: 'd', labels: { app: 'api' }, owner });
  cache.set({ namespace: 'other', name: 'e', labels: { app: 'web' }, owner });
  assert.deepEqual(cache.select('shop', parseLabelSelector('app=web')).pods, [
    { name: 'a' },
    { name: 'b' },
    { name: 'c' },
  ]);
  assert.deepEqual(cache.select('nowhere', everything).pods, []);
  assert.deepEqual(cache.get('other', 'e'), { name: 'e' });
  assert.equal(cache.get('shop', 'e'), undefined);
});

test('selects by the names of pod and workload, apart from labels of those names', () => {
  const cache = createPodCache();
  const labels = { app: 'web', pod: 'other', workload: 'other' };
  cache.set({ namespace: 'shop', name: 'web-1', labels, owner });
  cache.set({ namespace: 'shop', name: 'web-2', labels, owner });
  cache.set({ namespace: 'shop', name: 'api-1', labels, owner: deployment('api') });
  cache.set({ namespace: 'shop', name: 'alone', labels: {}, owner: undefined });
  const select = (text: string, identity: string) =>
    cache.select('shop', parseLabelSelector(text), parseLabelSelector(identity)).pods.map(({ name }) => name);
  assert.deepEqual(select('app=web', 'workload=web'), ['web-1', 'web-2']);
  assert.deepEqual(select('app=web', 'workload in (web,api),pod!=web-1'), ['api-1', 'web-2']);
  assert.deepEqual(select('app=api', 'workload=web'), []);
  assert.deepEqual(select('app=web', 'workload=other'), []);
  assert.deepEqual(select('workload=other', 'pod=web-1'), ['web-1']);
  assert.deepEqual(select('', 'workload=alone'), ['alone']);
});

test('selects the own pods of objects, and lists the workloads of the selected pods', () => {
  const cache = createPodCache();
  const labels = { app: 'web' };
  const job = { group: 'batch', kind: 'Job', name: 'migrate' };
  cache.set({ namespace: 'shop', name: 'web-1', labels, owner: deployment('web') });
  cache.set({ namespace: 'shop', name: 'web-2', labels, owner: deployment('web') });
  cache.set({ namespace: 'shop', name: 'web-0', labels, owner: statefulSet('web') });
  cache.set({ namespace: 'shop', name: 'job-1', labels, owner: { controller: job, workload: job } });
  cache.set({ namespace: 'shop', name: 'alone', labels, owner: undefined });
  const { workload: web } = deployment('web');
  const { workload: set } = statefulSet('web');
  const select = (...objects: ObjectKey[]) => {
    const found = cache.select('shop', parseLabelSelector('app=web'), everything, objects);
    return { names: found.pods.map(({ name }) => name), workloads: found.workloads };
  };
  assert.deepEqual(cache.select('shop', parseLabelSelector('app=web')).workloads, [web, set, job]);
  assert.deepEqual(select(web), { names: ['alone', 'web-1', 'web-2'], workloads: [web] });
  assert.deepEqual(select(set), { names: ['alone', 'web-0'], workloads: [set] });
  assert.deepEqual(select(web, set).names, ['alone', 'web-0', 'web-1', 'web-2']);
  cache.delete('shop', 'web-1');
  assert.deepEqual(select(web).names, ['alone', 'web-2']);
});

test('keeps the first creation time of a pod until that pod is gone', () => {
  const cache = createPodCache();
  const pod = { namespace: 'shop', name: 'db-0', labels: {}, owner };
  cache.set({ ...pod, createdAt: 1_000 });
  cache.set({ ...pod, createdAt: undefined });
  assert.deepEqual(cache.get('shop', 'db-0'), { name: 'db-0', createdAt: 1_000 });
  cache.delete('shop', 'db-0');
  cache.set({ ...pod, createdAt: 2_000 });
  assert.deepEqual(cache.select('shop', everything).pods, [{ name: 'db-0', createdAt: 2_000 }]);
  cache.set({ ...pod, name: 'db-1', createdAt: 2_001 });
  assert.equal(cache.get('shop', 'db-1')?.createdAt, 2_010, 'never before it was created');
});

test('gives the IPs where they are known', () => {
  const cache = createPodCache();
  cache.set({ namespace: 'shop', name: 'a', labels: {}, owner, ips: ['10.0.0.1'] });
  assert.deepEqual(cache.get('shop', 'a'), { name: 'a', ips: ['10.0.0.1'] });
});

test('holds what a plain list would hold, after any changes', () => {
  const change = fc.record({
    remove: fc.boolean(),
    namespace: fc.constantFrom('x', 'y'),
    name: fc.constantFrom('a', 'b', 'c'),
    app: fc.constantFrom('web', 'api'),
  });
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const cache = createPodCache();
      const plain = new Map<string, string>();
      for (const { remove, namespace, name, app } of changes) {
        if (remove) cache.delete(namespace, name);
        else cache.set({ namespace, name, labels: { app }, owner });
        if (remove) plain.delete(`${namespace}/${name}`);
        else plain.set(`${namespace}/${name}`, app);
      }
      assert.equal(cache.size, plain.size);
      for (const namespace of ['x', 'y']) {
        for (const app of ['web', 'api']) {
          const expected = [...plain].filter(([key, label]) => key.startsWith(namespace) && label === app);
          const found = cache.select(namespace, parseLabelSelector(`app=${app}`)).pods;
          assert.deepEqual(
            found.map(({ name }) => `${namespace}/${name}`),
            expected.map(([key]) => key).sort(),
          );
        }
      }
    }),
  );
});
