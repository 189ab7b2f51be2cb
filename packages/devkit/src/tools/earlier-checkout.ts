import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeOnce } from './cache.ts';
import { run } from './run.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const PNPM = ['--yes', '--prefer-offline', '--package=pnpm@12.21.0', '--', 'pnpm'];

/** The last commit whose records have schema version 1. */
export const SCHEMA_VERSION_1 = '49446ca3d405a094afdf83cb6664a18706d111df';

/**
 * An earlier commit of this project with the packages of its services installed, made once into the cache.
 * @returns its folder
 * @throws Error where this clone does not have the commit
 */
export async function earlierCheckout(commit: string): Promise<string> {
  return await makeOnce(`activescale-${commit.slice(0, 12)}`, async (folder) => {
    const archive = join(folder, 'archive.tar');
    try {
      await run('git', ['archive', '--output', archive, commit], { cwd: ROOT });
    } catch (cause) {
      throw new Error(`this clone lacks commit ${commit}: run git fetch --unshallow`, { cause });
    }
    await run('tar', ['-xf', archive, '-C', folder]);
    await rm(archive);
    const install = ['install', '--prod', '--frozen-lockfile', '--prefer-offline'];
    await run('npx', [...PNPM, ...install], { cwd: folder, env: { CI: 'true' } });
  });
}

/**
 * The release before this tree: the last tag of an ancestor, or before the first tag the last commit with records of schema
 * version 1.
 * @returns the folder of its checkout
 */
export async function previousRelease(): Promise<string> {
  return earlierCheckout((await lastTaggedCommit()) ?? SCHEMA_VERSION_1);
}

async function lastTaggedCommit(): Promise<string | undefined> {
  const tags = await run(
    'git',
    ['tag', '--list', 'v*', '--merged', 'HEAD', '--no-contains', 'HEAD', ...NEWEST],
    {
      cwd: ROOT,
    },
  );
  const [tag = ''] = tags.split('\n');
  if (tag === '') return undefined;
  return (await run('git', ['rev-parse', `${tag}^{commit}`], { cwd: ROOT })).trim();
}

const NEWEST = ['--sort', '-version:refname'];
