import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import {
  clusterRole,
  clusterRoleBinding,
  createAuthority,
  type KubeClient,
  kubectlBinary,
  podCount,
  runPods,
  startValkey,
} from '@activescale/devkit';
import { type ClusterBench, startInCluster } from '../../contract/api-cluster.ts';
import { workload } from '../../contract/cluster-objects.ts';
import { FAULTS, HPAS, register, type System } from './faults.ts';
import { type CliEnv, cliJson, runCli } from './run-cli.ts';
import { createSoundSystem, hpa, mesh, recordsOf } from './sound-system.ts';

const run = promisify(execFile);

// A cluster in which all is well, and then one fault after another, each put right again.

interface Report {
  readonly check: string;
  readonly findings: readonly { readonly subject: string; readonly problem: string; readonly fix: string }[];
  readonly notChecked?: string;
}

let bench: ClusterBench;
let admin: KubeClient;
let env: CliEnv;
let system: System;
before(async () => {
  bench = await startInCluster({ env: { METRIC_TTL: '1h' } });
  ({ admin } = bench.plane);
  env = { KUBECONFIG: await bench.plane.kubeconfig(), VALKEY_ADDR: bench.valkey.addr, METRIC_TTL: '1h' };
  system = { bench, admin, web: await createSoundSystem(admin) };
  await bench.put(...recordsOf(system.web));
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

async function findings(more: CliEnv = {}): Promise<{ found: Report[]; reports: Report[] }> {
  const reports = await cliJson<Report[]>(['doctor'], { ...env, ...more });
  return { found: reports.filter((report) => report.findings.length > 0), reports };
}

async function assertSound(): Promise<void> {
  const { found, reports } = await findings();
  assert.deepEqual(found, []);
  assert.deepEqual(
    reports.filter(({ notChecked }) => notChecked !== undefined),
    [],
  );
}

test('doctor makes every check on a sound system, finds nothing and says so', async () => {
  await assertSound();
  const { code, stdout, stderr } = await runCli(['doctor'], env);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^PASS {2}APIServices: .*\n\nall checks passed\n$/s);
  assert.equal((await runCli(['doctor'], { ...env, VALKEY_ADDR: '127.0.0.1:1' })).code, 1);
});

for (const { name, check, problem, env: more, seed, undo } of FAULTS) {
  test(`doctor finds it alone, and how to mend it: ${name}`, { timeout: 180_000 }, async () => {
    await seed(system);
    try {
      const { found } = await findings(more);
      assert.deepEqual(
        found.map((report) => report.check),
        [check],
        JSON.stringify(found, undefined, 1),
      );
      const all = found.flatMap((report) => report.findings);
      assert.ok(
        all.some((finding) => problem.test(finding.problem)),
        JSON.stringify(all, undefined, 1),
      );
      assert.ok(all.every(({ fix }) => fix.length > 10));
    } finally {
      // What lies in one object is laid over with the sound one.
      await admin.apply(mesh());
      await admin.apply(hpa('web'));
      await undo?.(system);
    }
  });
}

test("a canary with the labels of a scaled workload is not looked at as if it were the workload's", async () => {
  const canary = { app: 'web', track: 'canary' };
  await admin.apply(workload('Deployment', 'shop', 'web-canary', canary, 1));
  const pods = { namespace: 'shop', labelSelector: 'track=canary' };
  await podCount(admin, 1, pods);
  await runPods(admin, pods);
  await assertSound(); // though it has no sidecar and has never pushed
});

test('a replica in the place of the primary is found', async () => {
  await using replica = await startValkey({ args: ['--replicaof', '127.0.0.1', String(bench.valkey.port)] });
  const { found } = await findings({ VALKEY_ADDR: replica.addr });
  const [finding] = found.find(({ check }) => check === 'Valkey')?.findings ?? [];
  assert.match(finding?.problem ?? '', /the server is a replica/);
  assert.match(finding?.fix ?? '', /primary/);
});

test('a Valkey without INFO is used, and it is said what could not be checked', async () => {
  await using valkey = await startValkey({ args: ['--rename-command', 'INFO', ''] });
  const { reports } = await findings({ VALKEY_ADDR: valkey.addr });
  const report = reports.find(({ check }) => check === 'Valkey');
  assert.deepEqual(report?.findings, []);
  assert.match(report?.notChecked ?? '', /refuses INFO \(ERR unknown command.*eviction policy/);
});

test('a check that nothing backs is skipped and not passed, and the exit code says so', async () => {
  const withoutValkey = { ...env, VALKEY_ADDR: undefined };
  const { code, stdout } = await runCli(['doctor'], withoutValkey);
  assert.equal(code, 3, stdout);
  assert.match(stdout, /^SKIP {2}clocks: Valkey's clock was not read/m);
  assert.match(stdout, /\nincomplete: \d checks skipped\n$/);
  const elsewhere = await runCli(['doctor', '-n', 'nowhere', '--install-namespace', 'nowhere'], env);
  assert.match(elsewhere.stdout, /^SKIP {2}(Istio|records|HPAs): /m);
});

test('a cluster that is away, or refuses the credentials, is one line and exit code 2', async () => {
  const [cluster = ''] = [JSON.parse(await readFile(env.KUBECONFIG ?? '', 'utf8')) as object].map((config) =>
    JSON.stringify(config),
  );
  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
  const file = join(folder, 'config');
  const says = async (text: string, args: readonly string[]) => {
    await writeFile(file, text);
    const { code, stdout, stderr } = await runCli(args, { ...env, KUBECONFIG: file });
    assert.deepEqual([code, stdout, stderr.split('\n').length], [2, '', 2], stderr);
    return stderr;
  };
  try {
    const away = cluster.replace(/https:\/\/[^"]+/, 'https://127.0.0.1:1');
    for (const args of [['doctor'], ['doctor', '--preflight'], ['explain', 'hpa/web', '-n', 'shop']])
      assert.match(
        await says(away, args),
        /the cluster at https:\/\/127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/,
      );
    const config = JSON.parse(cluster) as { users: { user: object }[] };
    for (const user of config.users) user.user = { token: 'nonsense' };
    assert.match(
      await says(JSON.stringify(config), ['doctor']),
      /refuses the credentials of the kubeconfig \(401\)/,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('who may read little is told what could not be checked, and still what a request shows', async () => {
  const person = { kind: 'User', name: 'reader' } as const;
  const rules = [{ apiGroups: ['apiregistration.k8s.io'], resources: ['apiservices'], verbs: ['get'] }];
  await admin.apply(clusterRole('reader', rules));
  await admin.apply(clusterRoleBinding('reader', 'reader', person));
  const KUBECONFIG = await bench.plane.kubeconfig({ name: person.name });
  await register(system, (await createAuthority('other')).cert);
  const { found, reports } = await findings({ KUBECONFIG });
  await register(system);
  assert.deepEqual(
    found.map(({ check }) => check),
    ['trust'],
    JSON.stringify(found, undefined, 1),
  );
  assert.match(found[0]?.findings[0]?.problem ?? '', /x509: certificate signed by unknown authority/);
  const unchecked = reports.filter(({ notChecked }) => notChecked !== undefined).map(({ check }) => check);
  assert.deepEqual(unchecked, ['access', 'ingest', 'peer check', 'Istio', 'records', 'HPAs']);
});

test('after all faults were mended nothing is found', assertSound);

const ROOT = join(import.meta.dirname, '../../..');

/** The commands of ours in the shell blocks of a document. */
async function documentedCommands(document: string): Promise<string[][]> {
  const text = await readFile(join(ROOT, document), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  const lines = blocks.flatMap((block) => block.split('\n'));
  return lines
    .filter((line) => line.startsWith('activescale '))
    .map((line) =>
      line
        .replace(/\s*#.*/, '')
        .split(' ')
        .slice(1),
    );
}

test('every command in README and docs/operate.md runs', async () => {
  await bench.put(...recordsOf(['web-1']));
  const commands = [
    ...(await documentedCommands('README.md')),
    ...(await documentedCommands('docs/operate.md')),
  ];
  assert.deepEqual([...new Set(commands.map(([command]) => command))].sort(), [
    '--help',
    'doctor',
    'explain',
    'hpa',
    'inspect',
    'top',
  ]);
  for (const command of commands) {
    const { code, stdout, stderr } = await runCli(command, env);
    // This cluster has neither istiod nor metrics-server.
    const expected = command.includes('--preflight') ? 3 : 0;
    assert.deepEqual([code, stderr], [expected, ''], command.join(' '));
    assert.notEqual(stdout, '');
  }
});

test('explain finds the HPA of a workload in every spelling of kubectl', async () => {
  for (const words of [
    ['hpa/web'],
    ['hpa', 'web'],
    ['deploy/web'],
    ['deployments.apps/web'],
    ['deployment', 'web'],
  ]) {
    const { stdout, stderr } = await runCli(['explain', ...words, '-n', 'shop'], env);
    assert.match(stdout, /^hpa\/web in shop: Deployment web has /, `${words}: ${stderr}`);
  }
  const { code, stderr } = await runCli(['explain', 'sts/web', '-n', 'shop'], env);
  assert.deepEqual([code, stderr], [1, 'activescale explain: no HPA in shop scales StatefulSet web\n']);
});

test('inspect finds what a pod has pushed from addresses that are proved, the newest of it', async () => {
  await bench.put(...recordsOf(['web-2@10.0.0.8'], { age: 2_000, active: 1 }));
  await bench.put(...recordsOf(['web-2@10.0.0.9'], { age: 1_000, active: 2 }));
  const { name, head } = await cliJson<{ name: string; head: { active: number } }>(
    ['inspect', 'pod', 'shop/web-2'],
    env,
  );
  assert.deepEqual([name, head.active], ['web-2@10.0.0.9', 2]);
});

test('what hpa writes is taken by the API server, and kubectl finds the CLI as a plugin', async () => {
  const args = [
    'hpa',
    '--workload',
    'deployments.apps/web',
    '--target',
    '10',
    '--like',
    'knative',
    '-n',
    'shop',
  ];
  const written = JSON.parse((await runCli([...args, '-o', 'json'], env)).stdout);
  const { status, body } = await admin.request(`${HPAS}?dryRun=All&fieldValidation=Strict`, {
    method: 'POST',
    body: { ...written, metadata: { ...written.metadata, name: 'other' } },
  });
  assert.equal(status, 201, body);
  const { bin } = JSON.parse(await readFile(join(ROOT, 'packages/cli/package.json'), 'utf8'));
  assert.deepEqual(Object.keys(bin), ['activescale', 'kubectl-activescale']);
  // kubectl complains of a second plugin of the name: who runs this may have one.
  const PATH = join(ROOT, 'node_modules/.bin');
  const { stdout } = await run(await kubectlBinary(), ['plugin', 'list'], { env: { PATH } });
  assert.match(stdout, /\/kubectl-activescale$/m);
});
