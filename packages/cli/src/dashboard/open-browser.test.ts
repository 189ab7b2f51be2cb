import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '@activescale/devkit';
import { openBrowser } from './open-browser.ts';

const URL_WITH_TOKEN = 'http://127.0.0.1:4000/#token=secret';

test('the browser gets a file that only this user can read, and the token is in no argument', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'open-browser-'));
  t.after(() => rm(folder, { recursive: true }));
  const seen = join(folder, 'arguments');
  for (const name of ['xdg-open', 'open']) {
    await writeFile(join(folder, name), `#!/bin/sh\necho "$@" > ${seen}.part && mv ${seen}.part ${seen}\n`);
    await chmod(join(folder, name), 0o755);
  }
  const opened = openBrowser(URL_WITH_TOKEN, { PATH: `${folder}:/usr/bin:/bin` });
  await until(() => existsSync(seen), { what: 'the program that opens files', deadline: 10_000 });
  const file = (await readFile(seen, 'utf8')).trim();
  assert.ok((await readFile(file, 'utf8')).includes(`url=${URL_WITH_TOKEN}`));
  assert.equal((await stat(file)).mode & 0o077, 0);
  assert.equal((await stat(join(file, '..'))).mode & 0o077, 0);
  opened[Symbol.dispose]();
  assert.equal(existsSync(file), false);
});

test('without a program that opens files nothing happens', () => {
  openBrowser(URL_WITH_TOKEN, { PATH: '/nowhere' })[Symbol.dispose]();
});
