import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import type { Overview } from '@activescale/dashboard';
import { oldestNode, until } from '@activescale/devkit';
import { type PackedCli, packCli } from '../../scripts/release/cli/pack.ts';
import { startInCluster } from '../contract/api-cluster.ts';
import { explained } from '../dashboard/explained.ts';
import { firstReading, serveDashboard } from '../dashboard/served.ts';
import { type CliEnv, runCli } from '../e2e/cli/run-cli.ts';
import { createSoundSystem, recordsOf } from '../e2e/cli/sound-system.ts';

// The packed CLI, installed without a network into an empty folder and run by the oldest Node that it supports.

const run = promisify(execFile);
const COMMIT = '0123abc';

const started = new AsyncDisposableStack();
let packed: PackedCli;
/** The program with its first argument. */
let program: readonly string[];
before(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cli-'));
  started.defer(() => rm(folder, { recursive: true }));
  packed = await packCli(folder, COMMIT);
  const empty = join(folder, 'empty');
  await run('npm', ['install', '--offline', '--prefix', empty, packed.file]);
  program = [await oldestNode(), join(empty, 'node_modules/.bin/activescale')];
});
after(() => started.disposeAsync());

/** With nothing else on PATH, such as the git of this checkout. */
const cli = (args: readonly string[], env: CliEnv = {}) => runCli(args, { PATH: '', ...env }, { program });

test('the packed CLI prints its version and the commit that it was packed from', async () => {
  const { version } = JSON.parse(await readFile(join(import.meta.dirname, '../../package.json'), 'utf8'));
  const { code, stdout, stderr } = await cli(['--version']);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, new RegExp(`^activescale ${version} \\(commit ${COMMIT}, Node v20\\.`));
});

test('the package contains the licence of each package in it', async () => {
  const { stdout } = await run('tar', ['-xOf', packed.file, 'package/THIRD_PARTY_LICENSES.txt']);
  assert.ok(packed.thirdParty.length > 20, `${packed.thirdParty.length} packages`);
  assert.ok(packed.thirdParty.some(({ name }) => name === '@kubernetes/client-node'));
  for (const { name, version, licence, texts } of packed.thirdParty) {
    assert.ok(stdout.includes(`${name} ${version} (${licence})`), name);
    assert.ok(
      texts.every((text) => stdout.includes(text)),
      name,
    );
  }
});

test('a commit is packed to the same bytes each time', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cli-'));
  started.defer(() => rm(folder, { recursive: true }));
  const again = await packCli(folder, COMMIT);
  assert.deepEqual(await readFile(again.file), await readFile(packed.file));
});

test('the packed CLI explains and checks a cluster as the sources do, and shows it', async () => {
  await using bench = await startInCluster({ env: { METRIC_TTL: '1h' } });
  const env = {
    KUBECONFIG: await bench.plane.kubeconfig(),
    VALKEY_ADDR: bench.valkey.addr,
    METRIC_TTL: '1h',
  };
  await bench.put(...recordsOf(await createSoundSystem(bench.plane.admin)));
  const explain = ['explain', 'hpa/web', '-n', 'shop'];
  // The last condition that the HPA controller sets.
  await until(async () => (await runCli(explain, env)).stdout.includes('ScalingLimited'), {
    what: 'the conditions of the HPA',
    deadline: 60_000,
    every: 1_000,
  });
  for (const args of [explain, ['doctor', '-n', 'shop'], ['top', '--once', '-n', 'shop']]) {
    const [theirs, ours] = [await cli(args, env), await runCli(args, env)];
    assert.deepEqual(
      [theirs.code, theirs.stderr, steady(theirs.stdout)],
      [ours.code, ours.stderr, steady(ours.stdout)],
      args.join(' '),
    );
    assert.notEqual(theirs.stdout, '');
  }
  await using dashboard = await serveDashboard(['-n', 'shop'], { ...env, PATH: '' }, { program });
  for (const file of ['', 'app.js', 'uplot.js', 'uplot.css'])
    assert.equal((await fetch(new URL(file, dashboard.url))).status, 200, file);
  const { rows, failures } = await firstReading<Overview>(dashboard, '/api/overview');
  assert.deepEqual(failures, []);
  const shown = rows.map(({ hpa, replicas: { current, desired }, metrics }) => {
    return { hpa, current, desired, values: metrics.map(({ value }) => value ?? null) };
  });
  const { active, ...said } = await explained('web', env);
  assert.deepEqual(shown, [{ hpa: 'web', ...said }]);
});

/** Without ages, which pass between two commands. */
function steady(text: string): string {
  return text.replaceAll(/\d+(\.\d+)? (s|ms|min)\b/g, 'AGE').replaceAll(/ +/g, ' ');
}
