import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { envoyBinary, start, until } from '@activescale/devkit';
import { parse } from 'yaml';
import { BLOCKS } from './blocks.ts';

// The override for Istio before 1.28, merged as pilot-agent has Envoy merge it (pkg/envoy/proxy.go, --config-yaml).

interface ConfigMap {
  kind: string;
  data: Record<string, string>;
}

function documentedOverride(): string {
  const block = BLOCKS.find(
    ({ where, text }) => where.startsWith('docs/proxies/istio.md') && /custom_bootstrap/.test(text),
  );
  const { kind, data } = parse(block?.text ?? '') as ConfigMap;
  assert.equal(kind, 'ConfigMap');
  return data['custom_bootstrap.json'] ?? '';
}

/** A bootstrap as istiod before 1.28 renders it: without a flush interval. */
const BOOTSTRAP = {
  node: { id: 'sidecar~10.1.0.7~web-1.shop~shop.svc.cluster.local', cluster: 'web.shop' },
  admin: { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } },
};

test('a proxy of Istio before 1.28 flushes each second with the override of docs/proxies/istio.md', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'override-'));
  try {
    const [config, admin] = [join(folder, 'envoy.json'), join(folder, 'admin')];
    await writeFile(config, JSON.stringify(BOOTSTRAP));
    const args = [
      '--config-path',
      config,
      '--config-yaml',
      documentedOverride(),
      '--admin-address-path',
      admin,
    ];
    await using _envoy = start({
      command: await envoyBinary(),
      args: [...args, '--use-dynamic-base-id', '--concurrency', '1'],
    });
    const address = await until(
      () =>
        readFile(admin, 'utf8').then(
          (text) => text || undefined,
          () => undefined,
        ),
      {
        what: "Envoy's admin port",
      },
    );
    const dump = (await (await fetch(`http://${address}/config_dump`)).json()) as {
      configs: { bootstrap?: { stats_flush_interval?: string } }[];
    };
    const [bootstrap] = dump.configs.flatMap(({ bootstrap }) => bootstrap ?? []);
    assert.equal(bootstrap?.stats_flush_interval, '1s');
  } finally {
    await rm(folder, { recursive: true });
  }
});
