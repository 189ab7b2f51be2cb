import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { afterEach, beforeEach } from 'node:test';
import { until } from '../process/until.ts';
import { cacheFolder, makeOnce } from './cache.ts';

let folder: string;
const before = process.env.ACTIVESCALE_CACHE;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cache-'));
  process.env.ACTIVESCALE_CACHE = folder;
});
afterEach(async () => {
  if (before === undefined) delete process.env.ACTIVESCALE_CACHE;
  else process.env.ACTIVESCALE_CACHE = before;
  await rm(folder, { recursive: true });
});

test('the cache is the one that is named, or the user cache folder', () => {
  assert.equal(cacheFolder({ ACTIVESCALE_CACHE: '/a', XDG_CACHE_HOME: '/b' }), '/a');
  assert.equal(cacheFolder({ XDG_CACHE_HOME: '/b' }), '/b/activescale');
  assert.match(cacheFolder({}), /\/\.cache\/activescale$/);
});

test('a folder is made once', async () => {
  let made = 0;
  const make = async (into: string) => {
    made++;
    await writeFile(join(into, 'tool'), 'whole');
  };
  const first = await makeOnce('tool-1', make);
  assert.equal(await makeOnce('tool-1', make), first);
  assert.equal(made, 1);
  assert.equal(await readFile(join(first, 'tool'), 'utf8'), 'whole');
  assert.deepEqual(await readdir(folder), ['tool-1']);
});

test('a folder whose creation failed does not count, and is created again', async () => {
  const failing = async (into: string) => {
    await writeFile(join(into, 'tool'), 'half');
    throw new Error('the network is gone');
  };
  await assert.rejects(makeOnce('tool-1', failing), /the network is gone/);
  const made = await makeOnce('tool-1', (into) => writeFile(join(into, 'tool'), 'whole'));
  assert.equal(await readFile(join(made, 'tool'), 'utf8'), 'whole');
  assert.deepEqual(await readdir(folder), ['tool-1']);
});

/** Another process that makes tool-1, which takes `ms`. */
function maker(ms: number) {
  const script = `
    import { makeOnce } from ${JSON.stringify(new URL('./cache.ts', import.meta.url).href)};
    import { mkdirSync } from 'node:fs';
    await makeOnce('tool-1', async (into) => {
      mkdirSync(into + '/by-${ms}');
      await new Promise((resolve) => setTimeout(resolve, ${ms}));
    });`;
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
}

test('two processes that want the same folder make it once', async () => {
  const makers = [maker(300), maker(301)];
  const codes = await Promise.all(makers.map((each) => once(each, 'exit')));
  assert.deepEqual(codes, [
    [0, null],
    [0, null],
  ]);
  assert.deepEqual(await readdir(folder), ['tool-1']);
  assert.equal((await readdir(join(folder, 'tool-1'))).length, 1);
});

test('what a killed process had begun is removed, and its lock is taken over', async () => {
  const killed = maker(60_000);
  await until(async () => (await readdir(folder)).some((name) => name.includes('making')), {
    what: 'its start',
  });
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  await mkdir(join(folder, 'tool-12'));
  const made = await makeOnce('tool-1', (into) => mkdir(join(into, 'mine')));
  assert.deepEqual(await readdir(made), ['mine']);
  assert.deepEqual((await readdir(folder)).sort(), ['tool-1', 'tool-12']);
});
