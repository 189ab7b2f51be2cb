import { randomUUID } from 'node:crypto';
import { access, link, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The folder of downloaded and built tools. It is the user's, not the clone's: a fresh clone without a network
 * must find what an earlier one fetched.
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.ACTIVESCALE_CACHE) return env.ACTIVESCALE_CACHE;
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'activescale');
}

/**
 * The folder `name` of the cache; `make` fills it the first time. It is made under another name and then renamed,
 * so half of a download never counts. Processes that want the same folder wait for the first of them.
 */
export async function makeOnce(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const cache = cacheFolder();
  const finished = join(cache, name);
  if (await exists(finished)) return finished;
  await mkdir(cache, { recursive: true });
  const release = await lock(`${finished}.lock`);
  try {
    if (await exists(finished)) return finished;
    await removeLeftovers(cache, `${name}.making-`);
    const making = await mkdtemp(join(cache, `${name}.making-`));
    try {
      await make(making);
      await rename(making, finished);
    } finally {
      await rm(making, { recursive: true, force: true });
    }
    return finished;
  } finally {
    await release();
  }
}

/** Removes what a process that was killed had begun: who holds the lock is the only one at work. */
async function removeLeftovers(folder: string, prefix: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (entry.startsWith(prefix)) await rm(join(folder, entry), { recursive: true, force: true });
  }
}

/** Takes the lock file, which holds its owner's process id; the lock of a process that is gone is taken over. */
async function lock(path: string): Promise<() => Promise<void>> {
  const mine = `${path}.${process.pid}-${randomUUID()}`;
  await writeFile(mine, String(process.pid));
  try {
    while (!(await linked(mine, path))) {
      const owner = Number(await readFile(path, 'utf8').catch(() => process.pid));
      if (isAlive(owner)) await sleep(100);
      else await rm(path, { force: true });
    }
  } finally {
    await rm(mine, { force: true });
  }
  return () => rm(path, { force: true });
}

/** A link appears with its content or not at all, so a lock is never read without its owner. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
