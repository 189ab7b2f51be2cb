import assert from 'node:assert/strict';
import test from 'node:test';
import { start, until } from '@activescale/devkit';
import { heapFlag, memoryLimitOf, watchMemory } from './memory.ts';

test('the limits are those of the containers in deploy/base', () => {
  assert.ok(memoryLimitOf('ingest') >= 256);
  assert.ok(memoryLimitOf('api') >= 256);
  assert.equal(heapFlag(1_024), '--max-old-space-size=512');
});

test('a process that exceeds its memory limit is killed', async () => {
  const grow = 'const kept = []; setInterval(() => kept.push(Buffer.alloc(8e6, 1)), 5);';
  await using child = start({ command: process.execPath, args: ['-e', grow] });
  using memory = watchMemory(child.pid, 200, () => child.kill());
  assert.equal(await child.exited, 'SIGKILL');
  await until(() => memory.peak > 200, { what: 'the peak above the limit' });
});
