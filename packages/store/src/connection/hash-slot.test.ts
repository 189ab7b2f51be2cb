import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startValkey } from '@activescale/devkit';
import { Redis } from 'iovalkey';
import { hashSlot } from './hash-slot.ts';

test('a key has the hash slot that the server computes', async () => {
  // https://valkey.io/topics/cluster-spec/: the CRC16 of 123456789 is 0x31C3.
  assert.equal(hashSlot('123456789'), 0x31c3);
  await using valkey = await startValkey({ args: ['--cluster-enabled', 'yes'] });
  const client = new Redis({ host: '127.0.0.1', port: valkey.port });
  try {
    const keys = [
      '',
      '{',
      '{}',
      '{}{a}',
      'a{b',
      '}a{b}c',
      'a{b}c}',
      'a{{b}}',
      'größe:{鍵}:head',
      'a'.repeat(300),
    ];
    for (const key of keys) assert.equal(hashSlot(key), await client.cluster('KEYSLOT', key), key);
  } finally {
    client.disconnect();
  }
});
