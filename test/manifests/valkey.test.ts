import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { freePort, start, valkeyBinary } from '@activescale/devkit';
import { overlayObjects, podTemplates, root } from './overlays.ts';

const component = join(root, 'deploy/components/valkey-cluster');

test('Valkey starts with the arguments of its Deployment, and leaves nothing on disk', async () => {
  const { spec } = podTemplates(await overlayObjects('dev')).get('Deployment valkey') ?? {};
  const { command: [server] = [], args = [] } = spec?.containers[0] ?? {};
  assert.equal(server, 'valkey-server');
  assert.deepEqual(await filesOfRun(args), []);
});

test('Valkey starts as a node of a cluster with the file of the ConfigMap, and leaves the map of the cluster', async () => {
  assert.deepEqual(await filesOfRun([join(component, 'valkey.conf'), '--cluster-announce-ip', '127.0.0.1']), [
    'nodes.conf',
  ]);
});

test('the scripts of the cluster are good shell', async () => {
  for (const name of ['create.sh', 'meet.sh']) {
    await promisify(execFile)('sh', ['-n', join(component, name)]);
  }
});

/** Runs a Valkey until it takes connections, stops it, and gives what is in its folder then. */
async function filesOfRun(args: readonly string[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'valkey-'));
  try {
    const port = String(await freePort());
    const own = [
      '--dir',
      folder,
      '--bind',
      '127.0.0.1',
      '--port',
      port,
      '--cluster-port',
      String(await freePort()),
    ];
    await using valkey = start({ command: await valkeyBinary(), args: [...args, ...own] });
    await valkey.line((line) => line.includes('Ready to accept connections') || undefined, 'it was ready');
    assert.equal(await valkey.stop(), 0);
    return await readdir(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
