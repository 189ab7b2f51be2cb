import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkOut } from './checkout.ts';

const isWorktree = (folder: string): boolean =>
  execFileSync('git', ['worktree', 'list'], { cwd: import.meta.dirname, encoding: 'utf8' }).includes(folder);

test('a commit is checked out beside this tree, and nothing is left of it', async () => {
  let folder = '';
  {
    await using checkout = await checkOut('HEAD', async () => {});
    folder = checkout.folder;
    assert.ok(existsSync(join(folder, 'test/bench/main.ts')));
    assert.ok(isWorktree(folder));
  }
  assert.equal(existsSync(folder), false);
  assert.equal(isWorktree(folder), false);
});

test('nothing is left of a checkout that fails', async () => {
  let made = '';
  const failing = checkOut('HEAD', async (folder) => {
    made = folder;
    throw new Error('no packages');
  });
  await assert.rejects(failing, /no packages/);
  assert.equal(existsSync(made), false);
  assert.equal(isWorktree(made), false);
  await assert.rejects(checkOut('no-such-commit'), /invalid reference: no-such-commit/);
});
