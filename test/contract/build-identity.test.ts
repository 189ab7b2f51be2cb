import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { startApi, startIngest } from '@activescale/devkit';

// Which build of a service runs, and how it is configured, as an operator finds out.

const COMMIT = '0123abc';
// Neither needs its Valkey to start.
const env = { VALKEY_ADDR: '127.0.0.1:1', ACTIVESCALE_COMMIT: COMMIT, METRIC_TTL: '30s', STANDALONE: 'true' };

const services = { ingest: startIngest, api: startApi };

for (const [name, start] of Object.entries(services)) {
  const main = join(import.meta.dirname, '../../services', name, 'src/main.ts');
  const run = (option: string, wrong: Readonly<Record<string, string>> = {}) =>
    promisify(execFile)(process.execPath, [main, option], { env: { PATH: process.env.PATH, ...wrong } });

  test(`${name} logs one line with its version, its commit and the settings in effect`, async () => {
    await using service = await start(env);
    const lines = service
      .logs()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
    const starts = lines.filter(({ msg }) => msg === 'starting');
    assert.equal(starts.length, 1);
    const [{ version, commit, node, settings, level }] = starts;
    assert.match(version, /^\d+\.\d+\.\d+/);
    assert.deepEqual([commit, node, level], [COMMIT, process.version, 'info']);
    assert.equal(settings.METRIC_TTL, '30s');
    assert.equal(settings.KEY_PREFIX, 'activescale');
  });

  test(`${name} exposes activescale_build_info`, async () => {
    await using service = await start(env);
    const text = await (await fetch(`http://127.0.0.1:${service.adminPort}/metrics`)).text();
    assert.match(text, /^activescale_build_info\{version="[\d.]+",commit="0123abc",node="v[\d.]+"\} 1$/m);
  });

  test(`${name} --help and --version print and exit with 0, even with invalid configuration`, async () => {
    const wrong = { METRIC_TTL: 'soon', ACTIVESCALE_COMMIT: COMMIT };
    const help = await run('--help', wrong);
    assert.match(help.stdout, /METRIC_TTL \(20s\)/);
    const { stdout } = await run('--version', wrong);
    assert.match(
      stdout,
      new RegExp(`^activescale-${name} \\d[\\d.]* \\(commit ${COMMIT}, Node v[\\d.]+\\)\\n$`),
    );
  });

  test(`${name} refuses an unknown option`, async () => {
    await assert.rejects(run('--hlep'), { code: 2, stderr: /unknown option "--hlep"/ });
  });
}
