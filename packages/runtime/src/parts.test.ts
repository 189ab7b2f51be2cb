import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createParts } from './parts.ts';

test('parts close one after another, the newest first', async () => {
  const parts = createParts();
  const closed: string[] = [];
  for (const name of ['store', 'server', 'admin']) {
    parts.add(name, {
      close: async () => {
        await Promise.resolve();
        closed.push(name);
      },
    });
  }
  await parts.close();
  assert.deepEqual(closed, ['admin', 'server', 'store']);
});

test('a part that is being closed, and those that wait for it, are open', async () => {
  const parts = createParts();
  const { promise, resolve } = Promise.withResolvers<void>();
  parts.add('store', { close() {} });
  parts.add('server', { close: () => promise });
  const closing = parts.close();
  assert.deepEqual(parts.open(), ['server', 'store']);
  resolve();
  await closing;
  assert.deepEqual(parts.open(), []);
});

test('a part that fails to close does not keep the others open, and is named', async () => {
  const parts = createParts();
  let closed = false;
  parts.add('store', {
    close() {
      closed = true;
    },
  });
  const cause = new Error('stuck');
  parts.add('server', { close: () => Promise.reject(cause) });
  await assert.rejects(parts.close(), (error) => {
    assert.ok(error instanceof AggregateError);
    assert.equal(error.errors[0]?.message, 'closing server failed');
    assert.equal(error.errors[0]?.cause, cause);
    return true;
  });
  assert.ok(closed);
});

test('closing twice closes each part once', async () => {
  const parts = createParts();
  let times = 0;
  parts.add('store', {
    close() {
      times += 1;
    },
  });
  await Promise.all([parts.close(), parts.close()]);
  assert.equal(times, 1);
});
