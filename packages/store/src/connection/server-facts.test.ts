import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startValkey } from '@activescale/devkit';
import { openStore } from '../testing/open-store.ts';

test('reads version, role, memory and eviction policy', async (t) => {
  await using valkey = await startValkey({
    args: ['--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru'],
  });
  const { store, reached } = openStore(t, [valkey.port]);
  await reached('up');
  const [facts, ...others] = await store.servers();
  assert.deepEqual(others, []);
  const { address, info, refused } = facts ?? {};
  assert.ok(info !== undefined && info.usedMemory > 0);
  assert.match(info.version, /^\d+\.\d+\.\d+$/);
  assert.deepEqual(
    { address, info: { ...info, usedMemory: 0, version: '' }, refused },
    {
      address: `127.0.0.1:${valkey.port}`,
      info: {
        version: '',
        role: 'primary',
        usedMemory: 0,
        maxMemory: 50 * 1024 * 1024,
        evictionPolicy: 'allkeys-lru',
      },
      refused: [],
    },
  );
});
