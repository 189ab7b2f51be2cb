import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const MAIN = join(import.meta.dirname, '../../main.ts');

/** Completes `explain hpa/` in a cluster at an address. */
async function complete(server: string, ...more: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'names-'));
  const kubeconfig = join(folder, 'config');
  const config = {
    clusters: [{ name: 'a', cluster: { server, 'insecure-skip-tls-verify': true } }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    users: [{ name: 'a', user: {} }],
    'current-context': 'a',
  };
  try {
    await writeFile(kubeconfig, JSON.stringify(config));
    const args = ['completion', 'names', '--', 'explain', '--kubeconfig', kubeconfig, ...more, 'hpa/'];
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [written, [code]] = await Promise.all([child.stdout.toArray(), once(child, 'close')]);
    return { code, stdout: Buffer.concat(written).toString() };
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('a cluster that does not answer completes nothing after 2 s', { timeout: 60_000 }, async () => {
  let connections = 0;
  const server = createServer(() => {
    connections++;
  }).listen(0, '127.0.0.1');
  server.unref();
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  assert.deepEqual(await complete(`https://127.0.0.1:${port}`), { code: 1, stdout: '' });
  assert.equal(connections, 1);
  server.close();
});

test('a cluster that cannot be reached, or an option for help in the line, completes nothing', async () => {
  assert.deepEqual(await complete('https://127.0.0.1:1'), { code: 1, stdout: '' });
  assert.deepEqual(await complete('https://127.0.0.1:1', '--help'), { code: 1, stdout: '' });
});
