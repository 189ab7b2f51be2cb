import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { join } from 'node:path';
import { test } from 'node:test';
import { startStandalone } from './api.ts';

const MAIN = join(import.meta.dirname, '../../services/api/src/main.ts');

interface Ended {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  return new Promise((resolve) => {
    const { PATH = '' } = process.env;
    execFile(process.execPath, [MAIN, ...args], { env: { PATH, ...env } }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}

test('invalid configuration are all named at once, and nothing starts', async () => {
  const { code, stderr } = await run([], {
    SECURE_PORT: 'many',
    VALKEY_ADDR: 'nowhere',
    STANDALONE: 'true',
    LISTEN_HOST: '0.0.0.0',
  });
  assert.equal(code, 1);
  for (const part of ['SECURE_PORT="many"', 'VALKEY_ADDR="nowhere"', 'LISTEN_HOST="0.0.0.0"']) {
    assert.ok(stderr.includes(part), stderr);
  }
});

test('outside a cluster it says what to set', async () => {
  const { code, stdout, stderr } = await run([], { ADMIN_PORT: '0', SECURE_PORT: '0' });
  assert.equal(code, 1);
  assert.match(stdout + stderr, /set KUBECONFIG, or STANDALONE=true/);
});

test('--print-settings describes each setting', async () => {
  const { code, stdout } = await run(['--print-settings'], {});
  assert.equal(code, 0);
  const settings: { name: string; default: string }[] = JSON.parse(stdout);
  assert.equal(settings.find(({ name }) => name === 'SECURE_PORT')?.default, '6443');
});

test('SIGTERM ends it with 0 while a client holds a connection', async () => {
  await using bench = await startStandalone();
  await bench.get('/apis', { headers: { connection: 'keep-alive' } });
  bench.api.kill('SIGTERM');
  assert.equal(await bench.api.exited, 0);
});

test('SIGTERM ends it with 0 within its deadline while the aggregator holds an HTTP/2 connection', async () => {
  await using bench = await startStandalone();
  const session = connect(`https://127.0.0.1:${bench.api.securePort}`, { rejectUnauthorized: false });
  const closed = once(session, 'close');
  await session.request({ ':path': '/apis' }).toArray();
  const asked = performance.now();
  bench.api.kill('SIGTERM');
  assert.equal(await bench.api.exited, 0);
  assert.ok(performance.now() - asked < 5_000);
  await closed;
});
