import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const MAIN = join(import.meta.dirname, 'main.ts');

function activescale(...args: readonly string[]) {
  const env = { ...process.env, ACTIVESCALE_COMMIT: 'c0ffee' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('--version prints the version and the commit', () => {
  const { status, stdout } = activescale('--version');
  assert.equal(status, 0);
  assert.match(stdout, /^activescale \d+\.\d+\.\d+ \(commit c0ffee, Node v26\./);
});

test('a misspelt command or option is an error with a suggestion', () => {
  assert.deepEqual(activescale('docotr'), {
    status: 2,
    stdout: '',
    stderr: 'activescale: unknown command "docotr"; did you mean "doctor"?\nSee activescale --help\n',
  });
  assert.deepEqual(activescale('doctor', '--prefligth'), {
    status: 2,
    stdout: '',
    stderr:
      'activescale doctor: Unknown option \'--prefligth\'; did you mean "--preflight"?\nSee activescale doctor --help\n',
  });
  assert.match(activescale('delete').stderr, /^activescale: unknown command "delete"\n/);
});
