import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const MAIN = join(import.meta.dirname, 'main.ts');

/** What a job writes that has no cluster, and its exit code. */
function run(...args: readonly string[]): Promise<{ code: unknown; output: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [MAIN, ...args],
      { env: { PATH: process.env.PATH } },
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, output: stdout + stderr }),
    );
  });
}

test('a task that does not exist, or has other arguments, gets the usage and not an error of the cluster', async () => {
  for (const args of [
    [],
    ['certificates'],
    ['certificate', 'more'],
    ['ca-bundle'],
    ['valkey-access', 'more'],
    ['verify'],
    ['delete-secrets'],
    ['delete-secrets', 'activescale-ca'],
  ]) {
    const { code, output } = await run(...args);
    assert.deepEqual(
      [code, /usage: main\.ts certificate \| ca-bundle APISERVICE/.test(output)],
      [1, true],
      output,
    );
  }
  assert.match((await run('certificate')).output, /not in a cluster/);
});
