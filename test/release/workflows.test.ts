import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { actionlintBinary, shellcheckBinary, zizmorBinary } from '@activescale/devkit';
import { parse } from 'yaml';
import { ROOT } from '../../scripts/release/origin.ts';

const run = promisify(execFile);

interface Job {
  readonly 'timeout-minutes'?: number;
  readonly permissions?: Readonly<Record<string, string>>;
}

const paths = globSync('.github/workflows/*.yml', { cwd: ROOT }).sort();
const workflows = paths.map((path) => {
  const text = readFileSync(join(ROOT, path), 'utf8');
  return { path, text, jobs: Object.entries<Job>(parse(text).jobs) };
});
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

test('actionlint and shellcheck have nothing to say about the workflows and the script of the images', async () => {
  const shellcheck = await shellcheckBinary();
  const lint = [`-shellcheck=${shellcheck}`, '-pyflakes=', ...paths];
  const { stdout } = await run(await actionlintBinary(), lint, { cwd: ROOT });
  assert.equal(stdout, '');
  await run(shellcheck, [join(ROOT, 'scripts/release/image.sh')]);
});

test('zizmor finds no weakness in the workflows', async () => {
  await run(await zizmorBinary(), ['--offline', '--no-progress', join(ROOT, '.github/workflows')]);
});

for (const { path, text, jobs } of workflows) {
  test(`${path} names each action by commit and version, and gives each job only the rights that it lists`, () => {
    for (const [line] of text.matchAll(/^.*\buses: .*$/gm))
      assert.match(line, /uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    assert.match(text, /^permissions: \{\}$/m);
    for (const [name, job] of jobs) {
      assert.ok(job.permissions, `${name} has permissions`);
      assert.ok(job['timeout-minutes'], `${name} has a limit of time`);
    }
  });

  test(`${path} runs only commands that exist`, () => {
    for (const [, script = ''] of text.matchAll(/\bnpm run ([\w:]+)/g)) assert.ok(scripts[script], script);
    for (const [script] of text.matchAll(/\bscripts\/[\w./-]+/g))
      assert.ok(existsSync(join(ROOT, script)), script);
  });
}
