import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { type KubeObject, kubectl } from '@activescale/devkit';
import { parseAllDocuments } from 'yaml';
import { podTemplates, root } from './overlays.ts';

// What docs/install.md shows is what works.

const text = await readFile(join(root, 'docs/install.md'), 'utf8');

test("the overlay for a Valkey of one's own gives both services its address, password and authority", async () => {
  const [, path = '', yaml = ''] = /```yaml\n# (deploy\/overlays\/\S+)\n([\s\S]*?)```/.exec(text) ?? [];
  const folder = await mkdtemp(join(tmpdir(), 'install-'));
  try {
    await cp(join(root, 'deploy'), join(folder, 'deploy'), { recursive: true });
    await mkdir(dirname(join(folder, path)));
    await writeFile(join(folder, path), yaml);
    const built = await kubectl('kustomize', dirname(join(folder, path)));
    const objects = parseAllDocuments(built).map((document) => document.toJS() as KubeObject);
    const map = objects.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && /^activescale-[a-z0-9]{10}$/.test(metadata.name),
    );
    const { VALKEY_ADDR, VALKEY_PASSWORD_FILE } = (map as KubeObject & { data: Record<string, string> }).data;
    assert.equal(VALKEY_ADDR, 'valkey.example:6379');
    const templates = podTemplates(objects);
    for (const service of ['ingest', 'api']) {
      const { spec } = templates.get(`Deployment activescale-${service}`) ?? {};
      const mounts = spec?.containers[0]?.volumeMounts?.map(({ mountPath }) => mountPath);
      assert.ok(mounts?.includes(dirname(VALKEY_PASSWORD_FILE ?? '')), service);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('it names every overlay and every component that there is', async () => {
  for (const kind of ['overlays', 'components']) {
    for (const name of await readdir(join(root, 'deploy', kind))) {
      assert.match(text, new RegExp(`^\\| \`${name}\` \\|`, 'm'), name);
    }
  }
});
