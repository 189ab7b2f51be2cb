import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLabelSelector } from '@activescale/protocol/kubernetes';
import fc from 'fast-check';
import { createPodCache } from './pod-cache.ts';

const everything = parseLabelSelector('');

test('selects by namespace and labels, sorted by name', () => {
  const cache = createPodCache();
  for (const name of ['c', 'a', 'b']) cache.set({ namespace: 'shop', name, labels: { app: 'web' } });
  cache.set({ namespace: 'shop', name: 'd', labels: { app: 'api' } });
  cache.set({ namespace: 'other', name: 'e', labels: { app: 'web' } });
  assert.deepEqual(cache.select('shop', parseLabelSelector('app=web')), [
    { name: 'a' },
    { name: 'b' },
    { name: 'c' },
  ]);
  assert.deepEqual(cache.select('nowhere', everything), []);
  assert.deepEqual(cache.get('other', 'e'), { name: 'e' });
  assert.equal(cache.get('shop', 'e'), undefined);
});

test('gives the IPs where they are known', () => {
  const cache = createPodCache();
  cache.set({ namespace: 'shop', name: 'a', labels: {}, ips: ['10.0.0.1'] });
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
        else cache.set({ namespace, name, labels: { app } });
        if (remove) plain.delete(`${namespace}/${name}`);
        else plain.set(`${namespace}/${name}`, app);
      }
      assert.equal(cache.size, plain.size);
      for (const namespace of ['x', 'y']) {
        for (const app of ['web', 'api']) {
          const expected = [...plain].filter(([key, label]) => key.startsWith(namespace) && label === app);
          const found = cache.select(namespace, parseLabelSelector(`app=${app}`));
          assert.deepEqual(
            found.map(({ name }) => `${namespace}/${name}`),
            expected.map(([key]) => key).sort(),
          );
        }
      }
    }),
  );
});
