import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { type KubeClient, kubectlBinary, until } from '@activescale/devkit';
import { type ClusterBench, startInCluster } from '../../contract/api-cluster.ts';
import { demandRecord, gateway } from '../../contract/demand-records.ts';
import { type CliEnv, cliJson, runCli } from './run-cli.ts';
import { createSoundSystem, hpa, recordsOf } from './sound-system.ts';
import { installedShells, startShell } from './typed-shell.ts';
import { HPAS } from './workload-faults.ts';

// The commands of the documents, and kubectl's spellings, on a cluster in which all is well.

const run = promisify(execFile);

let bench: ClusterBench;
let admin: KubeClient;
let env: CliEnv;
before(async () => {
  bench = await startInCluster({ env: { METRIC_TTL: '1h' } });
  ({ admin } = bench.plane);
  env = { KUBECONFIG: await bench.plane.kubeconfig(), VALKEY_ADDR: bench.valkey.addr, METRIC_TTL: '1h' };
  await bench.put(...recordsOf(await createSoundSystem(admin)));
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

const ROOT = join(import.meta.dirname, '../../..');

/** Our commands in the shell blocks of a document. */
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

test('every command in README and docs/operate.md runs', async (t) => {
  await bench.put(
    ...recordsOf(['web-1']),
    demandRecord('service', 'web', gateway('gateway-1'), { expiry: 3_600_000 }),
  );
  const commands = [
    ...(await documentedCommands('README.md')),
    ...(await documentedCommands('docs/operate.md')),
  ];
  assert.deepEqual([...new Set(commands.map(([command]) => command))].sort(), [
    '--help',
    'dashboard',
    'doctor',
    'explain',
    'hpa',
    'inspect',
    'recommend',
    'top',
    'what-if',
  ]);
  await admin.apply(hpa('web', 'load alone')); // what-if replays no duration
  const folder = await mkdtemp(join(tmpdir(), 'commands-'));
  t.after(() => rm(folder, { recursive: true }));
  // what-if needs two sync periods.
  const shorter = new Map([
    ['30m', '2s'],
    ['10m', '35s'],
  ]);
  const brief = (word: string) => shorter.get(word) ?? word.replace(/^load\./, `${folder}/load.`);
  for (const command of commands) {
    // It opens a browser, and runs until Ctrl-C: test/dashboard runs it.
    if (command[0] === 'dashboard') continue;
    const { code, stdout, stderr } = await runCli(command.map(brief), env);
    // This cluster has neither istiod nor metrics-server, and its pods have no history.
    const expected = command.includes('--preflight') ? 3 : command[0] === 'recommend' ? 4 : 0;
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

for (const shell of installedShells())
  test(`${shell} completes the names of objects in the cluster`, { timeout: 120_000 }, async () => {
    const metadata = { name: 'checkout', namespace: 'shop' };
    await admin.apply({ apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 80 }] } });
    await using typed = await startShell(shell, env);
    // On a busy machine the cluster may not answer within the time for a completion: then a user types again.
    const completes = async (line: string, completed: string): Promise<void> => {
      const look = async () => {
        assert.equal(await typed.type(line), completed);
        return true;
      };
      await until(look, { what: `${shell} to complete ${JSON.stringify(line)}` });
    };
    await completes('activescale explain --namespace=shop \t', 'explain --namespace=shop hpa/web');
    await completes('activescale inspect service sh\tch\t', 'inspect service shop/checkout');
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
