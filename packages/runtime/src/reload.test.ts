import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { startReload } from './reload.ts';

/** A file whose text is what is made of it; `bad` cannot be used, `gone` cannot be read. */
async function setUp(t: TestContext, first = 'one') {
  const seen = new EventEmitter();
  const file = { text: first };
  const options = {
    async next() {
      seen.emit('read');
      if (file.text === 'gone') throw new Error('no such file');
      return file.text;
    },
    same: (a: string, b: string) => a === b,
    check(text: string) {
      if (text.startsWith('bad')) throw new Error(`${text} cannot be used`);
    },
    onChange: (text: string) => seen.emit('changed', text),
    onError: (error: unknown) => seen.emit('failed', error),
    everyMs: 5,
  };
  const reloaded = await startReload(options);
  t.after(() => reloaded.close());
  // The timer alone keeps no process alive.
  const alive = setInterval(() => {}, 1_000);
  t.after(() => clearInterval(alive));
  return { reloaded, file, seen };
}

test('a change is reported and used', async (t) => {
  const { reloaded, file, seen } = await setUp(t);
  assert.equal(reloaded.current, 'one');
  file.text = 'two';
  assert.deepEqual(await once(seen, 'changed'), ['two']);
  assert.equal(reloaded.current, 'two');
});

test('an invalid version is reported once, and the previous one stays', async (t) => {
  const { reloaded, file, seen } = await setUp(t);
  const failures: string[] = [];
  seen.on('failed', (error: Error) => failures.push(error.message));
  for (const text of ['bad', 'gone']) {
    file.text = text;
    await once(seen, 'failed');
    assert.equal(reloaded.current, 'one');
  }
  assert.deepEqual(failures, ['bad cannot be used', 'no such file']);
  file.text = 'two';
  await once(seen, 'changed');
});

test('what stays broken is reported once, and once more when it breaks again', async (t) => {
  const { file, seen } = await setUp(t);
  let failures = 0;
  seen.on('failed', () => failures++);
  for (let breaks = 1; breaks <= 2; breaks++) {
    file.text = 'bad';
    for (let looks = 0; looks < 10; looks++) await once(seen, 'read');
    assert.equal(failures, breaks);
    file.text = 'one';
    for (let looks = 0; looks < 2; looks++) await once(seen, 'read');
  }
});

test('an intermediate state, while files change one after the other, is not reported', async (t) => {
  const { file, seen } = await setUp(t);
  let failed = false;
  seen.on('failed', () => {
    failed = true;
  });
  await once(seen, 'read');
  file.text = 'bad';
  await once(seen, 'read');
  file.text = 'two';
  await once(seen, 'changed');
  assert.ok(!failed);
});

test('a start with an invalid version is an error', async (t) => {
  await assert.rejects(setUp(t, 'bad'), /bad cannot be used/);
});
