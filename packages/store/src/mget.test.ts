import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startValkey } from '@activescale/devkit';
import { Redis } from 'iovalkey';
import { mgetBuffers } from './mget.ts';

test('reads bytes as they are, by keys in ASCII and others, and by very many', async () => {
  await using valkey = await startValkey();
  const client = new Redis({ host: '127.0.0.1', port: valkey.port });
  try {
    const bytes = Buffer.from([0, 13, 10, 128, 255]);
    const keys = ['plain', 'größe:{ns}', '鍵'];
    for (const key of keys) await client.set(key, bytes);
    for (const key of keys)
      assert.deepEqual(await mgetBuffers(client, [key, 'nothing', key]), [bytes, null, bytes]);
    const many = Array.from({ length: 20_000 }, (_, i) => `nothing:${i}`);
    const found = await mgetBuffers(client, [...many, 'plain']);
    assert.deepEqual([found.length, found[0], found.at(-1)], [20_001, null, bytes]);
  } finally {
    client.disconnect();
  }
});
