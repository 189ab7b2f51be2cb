import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePort } from '@activescale/devkit';
import { openStore, recordOf } from './testing/open-store.ts';
import { outcome } from './testing/outcome.ts';
import { PRIMARY_NAME, startSentinel } from './testing/sentinel.ts';

test('the primary is found by the sentinels, and the new one when it is lost', async (t) => {
  await using pair = await startSentinel();
  const { store, changes, reached } = openStore(t, [pair.sentinelPort], {
    mode: 'sentinel',
    sentinelName: PRIMARY_NAME,
  });
  await reached('up');
  assert.deepEqual(outcome(await store.write([recordOf('shop', 'web-0')])), { written: 1, failed: [] });
  pair.primary.kill();
  await reached('down');
  await reached('up', 30_000);
  assert.deepEqual(outcome(await store.write([recordOf('shop', 'web-1')])), { written: 1, failed: [] });
  assert.deepEqual(
    changes.map(({ state }) => state),
    ['up', 'down', 'up'],
  );
});

test('sentinels that are away are the reason for being down', async (t) => {
  const { changes, reached } = openStore(t, [await freePort()], {
    mode: 'sentinel',
    sentinelName: PRIMARY_NAME,
  });
  await reached('down');
  assert.match(changes[0]?.reason ?? '', /^All sentinels are unreachable/);
});
