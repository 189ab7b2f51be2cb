import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import {
  type ControlPlane,
  freePort,
  type KubeObject,
  start,
  startApi,
  startIngest,
  until,
  valkeyBinary,
} from '@activescale/devkit';
import { connect } from '@activescale/store';
import { recordOf } from '../contract/api.ts';
import { startWithAccounts } from './accounts.ts';
import { runJob } from './jobs.ts';
import { overlayObjects, podTemplates, root } from './overlays.ts';

// Valkey as its components start it, with the users that the job of valkey-access makes by the rights of its account.

const component = join(root, 'deploy/components/valkey-cluster');
const ACCESS = '/etc/valkey-access';

const started = new AsyncDisposableStack();
let plane: ControlPlane;
let account: string;
/** The files of both Secrets. */
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'access-'));
  started.defer(() => rm(folder, { recursive: true }));
  plane = started.use(await startWithAccounts('dev'));
  account = await plane.serviceAccountKubeconfig('activescale', 'activescale-valkey-access');
  await runJob('dev', 'activescale-valkey-access', account);
  for (const name of ['activescale-valkey', 'valkey-access']) {
    for (const [key, text] of Object.entries((await secret(name)).data))
      await writeFile(join(folder, key), Buffer.from(text, 'base64'));
  }
});
after(() => started.disposeAsync());

interface Secret extends KubeObject {
  data: Record<string, string>;
}

function secret(name: string): Promise<Secret> {
  return plane.admin.get<Secret>(`/api/v1/namespaces/activescale/secrets/${name}`);
}

test('the job makes the Secrets once; what it finds the next time it leaves alone', async () => {
  const versions = async () =>
    Promise.all(
      ['activescale-valkey', 'valkey-access'].map(
        async (name) => (await secret(name)).metadata.resourceVersion,
      ),
    );
  const before = await versions();
  assert.match(await runJob('dev', 'activescale-valkey-access', account), /the Secret is up to date/);
  assert.deepEqual(await versions(), before);
  assert.deepEqual(Object.keys((await secret('activescale-valkey')).data), ['password']);
});

test('the job does not overwrite a Secret of another owner, and names it', async () => {
  const path = '/api/v1/namespaces/activescale/secrets/activescale-valkey';
  const { metadata } = await plane.admin.get<Secret>(path);
  const managed = 'app.kubernetes.io/managed-by';
  const label = (value: string | null) =>
    plane.admin.patch(path, { metadata: { labels: { [managed]: value } } });
  await label(null);
  await assert.rejects(
    runJob('dev', 'activescale-valkey-access', account),
    /the Secret activescale-valkey in activescale was not created by activescale-self-signed/,
  );
  await label((metadata.labels as Record<string, string>)[managed] ?? '');
});

test('Valkey starts with the arguments of its Deployment, and leaves nothing on disk', async () => {
  assert.deepEqual(await filesOfRun(await argsOfDeployment()), []);
});

test('with it ingest and api log in as their user, say that the password goes in plaintext, and nobody else gets in', async () => {
  await using valkey = await startWith(await argsOfDeployment());
  const env = {
    VALKEY_ADDR: `127.0.0.1:${valkey.port}`,
    VALKEY_USERNAME: 'activescale',
    VALKEY_PASSWORD_FILE: join(folder, 'password'),
  };
  await using ingest = await startIngest(env);
  await using api = await startApi({ ...env, STANDALONE: 'true' });
  for (const service of [ingest, api]) {
    await until(() => service.logs().includes('Valkey is up'), { what: 'Valkey to be up', deadline: 30_000 });
    assert.match(service.logs(), /"level":"warn".*password of VALKEY_PASSWORD_FILE is sent in plaintext/);
  }
  const options = {
    addresses: [{ host: '127.0.0.1', port: valkey.port }],
    mode: 'standalone',
    keyPrefix: 'activescale',
    clientName: 'test',
  } as const;
  const reasons: unknown[] = [];
  const stranger = connect({ ...options, onState: (_, why) => reasons.push(why) });
  started.defer(() => stranger.close());
  await until(() => reasons.some((why) => /NOAUTH/.test(String(why))), {
    what: 'a refusal',
    deadline: 30_000,
  });
  const known = connect({
    ...options,
    username: 'activescale',
    passwordFile: env.VALKEY_PASSWORD_FILE,
    onState() {},
  });
  started.defer(() => known.close());
  await until(() => known.state === 'up', { what: 'the connection to Valkey' });
  const now = Math.floor(known.clock.now() ?? 0);
  const { written, failed } = await known.write([recordOf({ name: 'web-1', active: 1 }, now)]);
  assert.deepEqual([written, failed], [1, []]);
});

test('Valkey starts as a node of a cluster with the file of the ConfigMap, and leaves the map of the cluster', async () => {
  const conf = join(folder, 'valkey.conf');
  const text = await readFile(join(component, 'valkey.conf'), 'utf8');
  await writeFile(conf, text.replaceAll(ACCESS, folder));
  assert.deepEqual(await filesOfRun([conf, '--cluster-announce-ip', '127.0.0.1']), ['nodes.conf']);
});

test('the scripts of the cluster are good shell', async () => {
  for (const name of await readdir(component)) {
    if (name.endsWith('.sh')) await promisify(execFile)('sh', ['-n', join(component, name)]);
  }
});

async function argsOfDeployment(): Promise<string[]> {
  const { spec } = podTemplates(await overlayObjects('dev')).get('Deployment valkey') ?? {};
  const { command: [server] = [], args = [] } = spec?.containers[0] ?? {};
  assert.equal(server, 'valkey-server');
  return args.map((arg) => arg.replaceAll(ACCESS, folder));
}

/** A Valkey that takes connections, on a port of this machine. */
async function startWith(args: readonly string[], dir = folder) {
  const port = await freePort();
  const bus = ['--cluster-port', String(await freePort())];
  const own = ['--dir', dir, '--bind', '127.0.0.1', '--port', String(port), ...bus];
  const valkey = start({ command: await valkeyBinary(), args: [...args, ...own] });
  await valkey.line((line) => line.includes('Ready to accept connections') || undefined, 'it was ready');
  return { port, stop: () => valkey.stop(), [Symbol.asyncDispose]: async () => void (await valkey.stop()) };
}

/** Runs a Valkey until it takes connections, stops it, and gives what is in its folder then. */
async function filesOfRun(args: readonly string[]): Promise<string[]> {
  const dir = await mkdtemp(join(tmpdir(), 'valkey-'));
  try {
    await using valkey = await startWith(args, dir);
    assert.equal(await valkey.stop(), 0);
    return await readdir(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}
