import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../../..');

export interface Checkout extends AsyncDisposable {
  readonly folder: string;
}

/**
 * A worktree of a commit, in a temporary folder that goes with it.
 * @param install makes the checkout ready to run
 * @throws Error when there is no such commit, or its packages cannot be installed
 */
export async function checkOut(
  commit: string,
  install: (folder: string) => Promise<unknown> = installPackages,
): Promise<Checkout> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const remove = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
    await run('git', ['worktree', 'prune'], { cwd: ROOT });
  };
  try {
    await run('git', ['worktree', 'add', '--detach', folder, commit], { cwd: ROOT });
    await install(folder);
  } catch (error) {
    await remove();
    throw error;
  }
  return { folder, [Symbol.asyncDispose]: remove };
}

function installPackages(folder: string): Promise<unknown> {
  return run('pnpm', ['install', '--frozen-lockfile', '--prefer-offline'], {
    cwd: folder,
    env: { ...process.env, CI: 'true' },
  });
}
