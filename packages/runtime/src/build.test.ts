import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Registry } from 'prom-client';
import { exposeBuild, readBuild } from './build.ts';

async function folderOf(t: TestContext, fields: object = {}): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'build-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ version: '1.2.3', ...fields }));
  return pathToFileURL(`${folder}/`);
}

test('the commit of an image is what ACTIVESCALE_COMMIT says', async (t) => {
  const build = readBuild(await folderOf(t), { ACTIVESCALE_COMMIT: '0123abc' });
  assert.deepEqual(build, { version: '1.2.3', commit: '0123abc', node: process.version });
});

test('the commit of a package is its gitHead, even if it is installed inside a checkout', async (t) => {
  const folder = await folderOf(t, { gitHead: '4567def' });
  execFileSync('git', ['init', '--quiet'], { cwd: folder });
  assert.equal(readBuild(folder, {}).commit, '4567def');
});

test('the commit of a checkout is what git says', async (t) => {
  const folder = await folderOf(t);
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: folder });
  git('init', '--quiet');
  git('commit', '--quiet', '--allow-empty', '--message=first');
  const commit = git('rev-parse', 'HEAD').toString().trim();
  assert.equal(readBuild(folder, {}).commit, commit);
  assert.equal(readBuild(folder, { ACTIVESCALE_COMMIT: '' }).commit, commit);
});

test('the commit is unknown outside a checkout, and where it could be no commit', async (t) => {
  const folder = await folderOf(t);
  assert.equal(readBuild(folder, {}).commit, 'unknown');
  for (const wrong of ['a b', 'x'.repeat(65), 'a\nb']) {
    assert.equal(readBuild(folder, { ACTIVESCALE_COMMIT: wrong }).commit, 'unknown', wrong);
  }
});

test('activescale_build_info has the build as labels and is 1', async () => {
  const registry = new Registry();
  exposeBuild(registry, { version: '1.2.3', commit: '0123abc', node: 'v26.0.0' });
  assert.match(
    await registry.metrics(),
    /^activescale_build_info\{version="1\.2\.3",commit="0123abc",node="v26\.0\.0"\} 1$/m,
  );
});
