import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { KubeObject } from '@activescale/devkit';
import { environment, OVERLAYS, overlayObjects, podTemplates, root } from './overlays.ts';

interface ConfigMap extends KubeObject {
  data: Record<string, string>;
}

/** The settings that a service prints of itself, with their defaults. */
async function defaultsOf(service: string): Promise<Map<string, unknown>> {
  const main = join(root, 'services', service, 'src/main.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [main, '--print-settings']);
  const settings = JSON.parse(stdout) as { name: string; default?: unknown }[];
  return new Map(settings.map(({ name, default: value }) => [name, value]));
}

/** The settings that a service prints of itself. */
async function settingsOf(service: string): Promise<Set<string>> {
  return new Set((await defaultsOf(service)).keys());
}

/** docs/scale.md: of ingest without streams, and of a stream with its connection. */
const PROCESS_MIB = 120;
const STREAM_MIB = 65 / 1024;

for (const overlay of OVERLAYS) {
  const objects = await overlayObjects(overlay);
  for (const service of ['ingest', 'api']) {
    const template = podTemplates(objects).get(`Deployment activescale-${service}`);
    test(`every variable that ${overlay} gives to ${service} is a setting of it`, async () => {
      const [container] = template?.spec.containers ?? [];
      assert.ok(container);
      const variables = environment(container, objects);
      assert.ok(variables.has('VALKEY_ADDR'));
      const settings = await settingsOf(service);
      assert.deepEqual(
        [...variables.keys()].filter((name) => !settings.has(name)),
        [],
      );
    });
  }
  test(`in ${overlay} ingest at its limits of streams and unfinished messages fits into its memory`, async () => {
    const [container] = podTemplates(objects).get('Deployment activescale-ingest')?.spec.containers ?? [];
    assert.ok(container);
    const variables = environment(container, objects);
    const defaults = await defaultsOf('ingest');
    const setting = (name: string) => Number(variables.get(name) ?? defaults.get(name));
    const needed =
      PROCESS_MIB + setting('GRPC_MAX_STREAMS') * STREAM_MIB + setting('GRPC_MAX_UNFINISHED_MIB');
    assert.equal(container.resources?.limits.memory, '1Gi');
    assert.ok(needed < 0.9 * 1024, `${needed} MiB of 1024`);
  });
  test(`in ${overlay} the users of Valkey are for the prefix that the services write`, () => {
    const map = objects.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && /^activescale-[a-z0-9]{10}$/.test(metadata.name),
    ) as ConfigMap;
    const [job] = podTemplates(objects).get('Job activescale-valkey-access')?.spec.containers ?? [];
    assert.ok(job);
    assert.equal(environment(job, objects).get('KEY_PREFIX'), map.data.KEY_PREFIX);
    const isTls = overlay === 'staging' || overlay === 'prod';
    assert.equal(map.data.VALKEY_TLS, isTls ? 'true' : undefined);
    assert.equal(map.data.VALKEY_USERNAME, 'activescale');
    assert.equal(map.data.VALKEY_PASSWORD_FILE, '/etc/activescale/valkey/password');
  });
  test(`in ${overlay} a pod is asked for its address where api asks for it, and nowhere else`, () => {
    const asks = (service: string, name: string, value: string) => {
      const [container] =
        podTemplates(objects).get(`Deployment activescale-${service}`)?.spec.containers ?? [];
      assert.ok(container);
      return environment(container, objects).get(name) === value;
    };
    assert.equal(asks('ingest', 'PEER_CHECK', 'address'), asks('api', 'VERIFY_POD_IP', 'true'));
    assert.equal(asks('ingest', 'PEER_CHECK', 'address'), overlay === 'qa');
  });
}
