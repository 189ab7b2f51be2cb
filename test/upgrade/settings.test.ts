import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { createAuthority, startApi, startIngest } from '@activescale/devkit';
import { stringify } from 'yaml';
import { environment, OVERLAYS, overlayObjects, podTemplates, root } from '../manifests/overlays.ts';
import { lostNames, previous } from './previous.ts';

// An overlay that a team keeps in its repository has the settings of the release for which it was written.

const SERVICES = { ingest: startIngest, api: startApi } as const;
/** Nothing answers there: both services start without Valkey, and api without kube-apiserver. */
const NO_VALKEY = { VALKEY_ADDR: '127.0.0.1:1', VALKEY_MODE: 'standalone' };
const NO_CLUSTER = stringify({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'none', cluster: { server: 'https://127.0.0.1:1' } }],
  users: [{ name: 'none', user: { token: 'none' } }],
  contexts: [{ name: 'none', context: { cluster: 'none', user: 'none' } }],
  'current-context': 'none',
});

for (const [service, start] of Object.entries(SERVICES)) {
  test(`${service} still reads each setting of the previous release`, async () => {
    assert.deepEqual(lostNames(await settings(previous, service), await settings(root, service)), []);
  });

  for (const overlay of OVERLAYS) {
    test(`${service} starts with the settings of ${overlay} in the previous release`, async () => {
      const objects = await overlayObjects(overlay, previous);
      const [container] =
        podTemplates(objects).get(`Deployment activescale-${service}`)?.spec.containers ?? [];
      assert.ok(container);
      await using files = await createFiles();
      const variables = [...environment(container, objects)].map(([name, value]) => [
        name,
        files.replace(value),
      ]);
      await using running = await start({
        ...Object.fromEntries(variables),
        ...NO_VALKEY,
        KUBECONFIG: files.kubeconfig,
      });
      assert.ok(running.adminPort > 0);
    });
  }
}

/** Names of a service's settings in a checkout, and those under which they are also read. */
async function settings(checkout: string, service: string): Promise<string[]> {
  const main = join(checkout, 'services', service, 'src/main.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [main, '--print-settings']);
  const printed = JSON.parse(stdout) as { name: string; also?: string }[];
  return printed.flatMap(({ name, also }) => (also === undefined ? [name] : [name, also]));
}

interface Files extends AsyncDisposable {
  /** The path on this machine for the path of a mounted file; other values are unchanged. */
  replace(value: string): string;
  readonly kubeconfig: string;
}

/** What the containers of an overlay have mounted under /etc. */
async function createFiles(): Promise<Files> {
  const folder = await mkdtemp(join(tmpdir(), 'upgrade-'));
  const authority = await createAuthority('of the overlay');
  const { cert, key } = await authority.sign({ name: 'activescale', names: ['localhost'], use: 'server' });
  const files = {
    'tls.crt': cert,
    'tls.key': key,
    'ca.crt': authority.cert,
    password: 'secret',
    kubeconfig: NO_CLUSTER,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return {
    replace: (value) => (value.startsWith('/etc/') ? join(folder, basename(value)) : value),
    kubeconfig: join(folder, 'kubeconfig'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
