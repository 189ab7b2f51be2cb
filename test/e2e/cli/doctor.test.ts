import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  apiCredential,
  type Credential,
  clusterRole,
  clusterRoleBinding,
  createAuthority,
  grantApi,
  type KubeClient,
  podCount,
  runPods,
  startValkey,
} from '@activescale/devkit';
import { API_USER, type ClusterBench, startInCluster } from '../../contract/api-cluster.ts';
import { workload } from '../../contract/cluster-objects.ts';
import { FALL_THROUGH_FAULTS } from './fall-through-faults.ts';
import { FAULTS, register, type System } from './faults.ts';
import type { Report } from './report.ts';
import { type CliEnv, cliJson, runCli } from './run-cli.ts';
import { createSoundSystem, hpa, mesh, recordsOf } from './sound-system.ts';
import { WORKLOAD_FAULTS } from './workload-faults.ts';

// A cluster in which all is well, and then one fault after another, each put right again.

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

for (const { name, check, code, problem, env: more, seed, undo } of [
  ...FAULTS,
  ...FALL_THROUGH_FAULTS,
  ...WORKLOAD_FAULTS,
]) {
  test(`doctor finds it alone, with a remedy: ${name}`, { timeout: 180_000 }, async () => {
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
        all.some((finding) => finding.code === code && problem.test(finding.problem)),
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

test('every right of api that is missing is found', async () => {
  const bindings = ['activescale-api', 'activescale-api-delegation'];
  for (const name of bindings)
    await admin.delete(`/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${name}`);
  const { found } = await findings();
  await grantApi(admin, API_USER);
  const problems = found.flatMap((report) => report.findings.map(({ problem }) => problem));
  assert.deepEqual(
    problems.map((problem) => /^it may not (.*), which it needs/.exec(problem)?.[1]),
    [
      'list pods',
      'watch pods',
      'get services',
      'get httproutes.gateway.networking.k8s.io',
      'get grpcroutes.gateway.networking.k8s.io',
      'get namespaces',
      'get deployments/scale.apps',
      'list apiservices.apiregistration.k8s.io',
      'create tokenreviews.authentication.k8s.io',
      'create subjectaccessreviews.authorization.k8s.io',
    ],
  );
});

/** Lets the APIServices of api lead to a server that answers the list of metrics with a status. */
async function withServer(
  credential: Credential,
  statusOf: (isProbe: boolean) => number,
  look: () => Promise<void>,
): Promise<void> {
  const server = createServer({ ...credential }, ({ headers, url }, response) => {
    response.statusCode = statusOf(headers['x-remote-user'] === 'system:kube-aggregator');
    const version = url?.split('/').pop();
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        kind: 'APIResourceList',
        groupVersion: `custom.metrics.k8s.io/${version}`,
        resources: [],
      }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await register(system, bench.plane.ca.cert, (server.address() as AddressInfo).port);
    await look();
  } finally {
    await register(system);
    server.close();
    server.closeAllConnections();
  }
}

test('an api that passes the probe of kube-apiserver and fails requests is found', async () => {
  const credential = await apiCredential(bench.plane.ca);
  await withServer(
    credential,
    (isProbe) => (isProbe ? 200 : 503),
    async () => {
      const { found, reports } = await findings();
      assert.deepEqual(
        found.map(({ check }) => check),
        ['trust'],
        JSON.stringify(found, undefined, 1),
      );
      const [finding] = found[0]?.findings ?? [];
      assert.equal(finding?.code, 'ASC104');
      assert.match(finding?.problem ?? '', /a request through kube-apiserver fails/);
      const unchecked = reports.find(({ check }) => check === 'HPAs')?.notChecked;
      assert.match(unchecked ?? '', /custom\.metrics\.k8s\.io does not answer/);
    },
  );
});

test('a certificate whose renewal has failed is found before it expires', async () => {
  const names = ['activescale-api.activescale.svc'];
  const notAfter = Date.now() + 180_000; // of a life of an hour
  const credential = await bench.plane.ca.sign({ name: 'api', names, use: 'server', notAfter });
  await withServer(
    credential,
    () => 200,
    async () => {
      const { reports } = await findings();
      const [finding] = reports.find(({ check }) => check === 'trust')?.findings ?? [];
      assert.equal(finding?.code, 'ASC603', JSON.stringify(reports, undefined, 1));
      assert.match(finding.problem, /^the served certificate expires at /);
    },
  );
});

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

test('a user who may read little learns what could not be checked, and still what a request shows', async () => {
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
  const [finding] = found[0]?.findings ?? [];
  assert.equal(finding?.code, 'ASC602');
  assert.match(finding?.problem ?? '', /x509: certificate signed by unknown authority/);
  const unchecked = reports.filter(({ notChecked }) => notChecked !== undefined).map(({ check }) => check);
  assert.deepEqual(unchecked, [
    'access',
    'fall-through',
    'ingest',
    'peer check',
    'Istio',
    'records',
    'demand',
    'HPAs',
  ]);
});

test('after all faults are fixed nothing is found', assertSound);
