import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  applyApiServices,
  clusterRole,
  clusterRoleBinding,
  createAuthority,
  grantApi,
  type KubeClient,
  startValkey,
  until,
  whyUnavailable,
} from '@activescale/devkit';
import { API_USER, type ClusterBench, startInCluster } from '../../contract/api-cluster.ts';
import { type CliEnv, cliJson, runCli } from './run-cli.ts';
import { createSoundSystem, endpoints, hpa, ingestPod, mesh, recordsOf } from './sound-system.ts';

// A cluster in which all is well, and then one fault after another, each put right again.

interface Report {
  readonly check: string;
  readonly findings: readonly { readonly subject: string; readonly problem: string; readonly fix: string }[];
  readonly notChecked?: string;
}

let bench: ClusterBench;
let admin: KubeClient;
let env: CliEnv;
let web: string[];
before(async () => {
  bench = await startInCluster({ env: { METRIC_TTL: '1h' } });
  ({ admin } = bench.plane);
  env = { KUBECONFIG: await bench.plane.kubeconfig(), VALKEY_ADDR: bench.valkey.addr, METRIC_TTL: '1h' };
  web = await createSoundSystem(admin);
  await bench.put(...recordsOf(web));
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

const SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';
const BETA1 = 'v1beta1.custom.metrics.k8s.io';
const RBAC = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
const HPAS = '/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers';

async function register(caBundle = bench.plane.ca.cert, securePort = bench.api.securePort): Promise<void> {
  await applyApiServices(admin, { securePort, caBundle });
}

async function availableIs(expected: boolean): Promise<void> {
  const look = async () => ((await whyUnavailable(admin, BETA1)) === undefined) === expected;
  await until(look, {
    what: `${BETA1} to be ${expected ? '' : 'un'}available`,
    deadline: 90_000,
    every: 200,
  });
}

/** Commands as a person types them: this needs no client. */
async function valkeyCommands(...commands: readonly string[]): Promise<void> {
  const socket = connect(bench.valkey.port, '127.0.0.1');
  for (const command of commands) {
    socket.write(`${command}\r\n`);
    const [answer] = await once(socket, 'data');
    assert.equal(String(answer), '+OK\r\n', command);
  }
  socket.destroy();
}

async function annotate(annotations: Readonly<Record<string, string | null>>): Promise<void> {
  for (const name of web)
    await admin.patch(`/api/v1/namespaces/shop/pods/${name}`, { metadata: { annotations } });
}

interface Fault {
  readonly name: string;
  /** Which check must find it, and in which words. */
  readonly check: string;
  readonly problem: RegExp;
  seed(): Promise<unknown>;
  /** What doctor is told besides. */
  readonly env?: CliEnv;
  undo?(): Promise<unknown>;
}

const STATS = 'sidecar.istio.io/statsInclusionRegexps';

const FAULTS: readonly Fault[] = [
  {
    name: 'an APIService is missing',
    check: 'APIServices',
    problem: /does not exist/,
    seed: () => admin.delete(`${SERVICES}/${BETA1}`),
    undo: async () => {
      await register();
      await availableIs(true);
    },
  },
  {
    name: 'an APIService leads to nobody',
    check: 'APIServices',
    problem: /not available: FailedDiscoveryCheck/,
    async seed() {
      await register(bench.plane.ca.cert, 1);
      await availableIs(false);
    },
    undo: async () => {
      await register();
      await availableIs(true);
    },
  },
  {
    name: 'another adapter has the group',
    check: 'APIServices',
    problem: /leads to the Service adapter in monitoring/,
    async seed() {
      await admin.patch(`${SERVICES}/${BETA1}`, {
        spec: { service: { name: 'adapter', namespace: 'monitoring' } },
      });
    },
    undo: async () => {
      await register();
      await availableIs(true);
    },
  },
  {
    name: 'the caBundle is of another authority',
    check: 'trust',
    problem: /caBundle does not vouch for the served certificate/,
    seed: async () => register((await createAuthority('other')).cert),
    undo: register,
  },
  {
    name: 'nothing is verified',
    check: 'APIServices',
    problem: /insecureSkipTLSVerify/,
    async seed() {
      await admin.patch(`${SERVICES}/${BETA1}`, { spec: { insecureSkipTLSVerify: true, caBundle: null } });
    },
    undo: async () => {
      await admin.patch(`${SERVICES}/${BETA1}`, { spec: { insecureSkipTLSVerify: null } });
      await register();
    },
  },
  {
    name: 'api may not see pods',
    check: 'access',
    problem: /may not list pods/,
    seed: () => admin.delete(`${RBAC}/activescale-api`),
    undo: () => grantApi(admin, API_USER),
  },
  {
    name: 'api may not ask who somebody is',
    check: 'access',
    problem: /may not create tokenreviews/,
    seed: () => admin.delete(`${RBAC}/activescale-api-delegation`),
    undo: () => grantApi(admin, API_USER),
  },
  {
    name: 'Valkey is not there',
    check: 'Valkey',
    problem: /ECONNREFUSED/,
    env: { VALKEY_ADDR: '127.0.0.1:1' },
    seed: async () => {},
  },
  {
    name: 'Valkey throws records away',
    check: 'Valkey',
    problem: /maxmemory-policy is allkeys-lru/,
    seed: () => valkeyCommands('CONFIG SET maxmemory 100mb', 'CONFIG SET maxmemory-policy allkeys-lru'),
    undo: () => valkeyCommands('CONFIG SET maxmemory 0', 'CONFIG SET maxmemory-policy noeviction'),
  },
  {
    name: 'nobody takes what is pushed',
    check: 'ingest',
    problem: /no ready endpoint/,
    seed: () =>
      admin.delete('/apis/discovery.k8s.io/v1/namespaces/activescale/endpointslices/activescale-ingest-1'),
    undo: () => admin.apply(endpoints()),
  },
  {
    name: 'ingest is in the mesh',
    check: 'ingest',
    problem: /it is in the mesh/,
    seed: () => admin.apply(ingestPod('ingest-1', ['ingest', 'istio-proxy'])),
    undo: () => admin.delete('/api/v1/namespaces/activescale/pods/ingest-1?gracePeriodSeconds=0'),
  },
  {
    name: 'proxies are told nothing',
    check: 'Istio',
    problem: /nothing tells its proxies where to push/,
    seed: () => admin.apply(mesh({ address: '' })),
  },
  {
    name: 'proxies push elsewhere',
    check: 'Istio',
    problem: /push to elsewhere\.monitoring:9000, which is not ingest/,
    seed: () => admin.apply(mesh({ address: 'elsewhere.monitoring:9000' })),
  },
  {
    name: 'proxies push over TLS to a plaintext port',
    check: 'Istio',
    problem: /push over TLS \(ISTIO_MUTUAL\), and ingest takes plaintext/,
    seed: () => admin.apply(mesh({ tls: 'ISTIO_MUTUAL' })),
  },
  {
    name: "the mesh's filter drops the gauge",
    check: 'Istio',
    problem: /stats filter in proxyStatsMatcher drops/,
    seed: () => admin.apply(mesh({ filter: 'cluster\\..*' })),
  },
  {
    name: 'an annotation replaces the filter',
    check: 'Istio',
    problem: new RegExp(`${STATS}, which replaces the list of the mesh, drops`),
    seed: () => annotate({ [STATS]: 'server.uptime' }),
    undo: () => annotate({ [STATS]: null }),
  },
  {
    name: 'the nodes themselves told of a filter that drops the gauge',
    check: 'records',
    problem: /2 of 2 pods.*the stats filter that their nodes told ingest drops it/,
    seed: () => bench.put(...recordsOf(web, { state: 'idle', idleIsZero: false })),
    undo: () => bench.put(...recordsOf(web)),
  },
  {
    name: 'proxies push for another cluster',
    check: 'records',
    problem: /2 of 2 pods.*are unknown: no record/,
    env: { KEY_PREFIX: 'other' },
    seed: async () => {},
  },
  {
    name: 'a duration is shared out over pods',
    check: 'HPAs',
    problem: /request_duration_seconds_p95 has a target of type AverageValue/,
    seed: () => admin.apply(hpa('web', 'average of a duration')),
  },
  {
    name: 'a metric is misspelt',
    check: 'HPAs',
    problem: /there is no metric active_request$/,
    seed: () => admin.apply(hpa('web', 'unknown')),
  },
  {
    name: 'the described object does not exist',
    check: 'HPAs',
    problem: /Deployment nobody, which does not exist/,
    seed: () => admin.apply(hpa('web', 'nobody')),
  },
  {
    name: 'two HPAs scale one workload',
    check: 'HPAs',
    problem: /Deployment web has other HPAs too \(web-too\)/,
    seed: () => admin.apply(hpa('web-too')),
    undo: () => admin.delete(`${HPAS}/web-too`),
  },
];

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
  assert.match(stdout, /^ok {4}APIServices: .*\n\nnothing found\n$/s);
  assert.equal((await runCli(['doctor'], { ...env, VALKEY_ADDR: '127.0.0.1:1' })).code, 1);
});

for (const { name, check, problem, env: more, seed, undo } of FAULTS) {
  test(`doctor finds it alone, and how to mend it: ${name}`, { timeout: 180_000 }, async () => {
    await seed();
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
      await undo?.();
    }
  });
}

test('a replica in the place of the primary is found', async () => {
  await using replica = await startValkey({ args: ['--replicaof', '127.0.0.1', String(bench.valkey.port)] });
  const { found } = await findings({ VALKEY_ADDR: replica.addr });
  const [finding] = found.find(({ check }) => check === 'Valkey')?.findings ?? [];
  assert.match(finding?.problem ?? '', /the server is a replica/);
  assert.match(finding?.fix ?? '', /primary/);
});

test('who may read little is told what could not be checked, and still what a request shows', async () => {
  const person = { kind: 'User', name: 'reader' } as const;
  const rules = [{ apiGroups: ['apiregistration.k8s.io'], resources: ['apiservices'], verbs: ['get'] }];
  await admin.apply(clusterRole('reader', rules));
  await admin.apply(clusterRoleBinding('reader', 'reader', person));
  const KUBECONFIG = await bench.plane.kubeconfig({ name: person.name });
  await register((await createAuthority('other')).cert);
  const { found, reports } = await findings({ KUBECONFIG });
  await register();
  assert.deepEqual(
    found.map(({ check }) => check),
    ['trust'],
    JSON.stringify(found, undefined, 1),
  );
  assert.match(found[0]?.findings[0]?.problem ?? '', /x509: certificate signed by unknown authority/);
  const unchecked = reports.filter(({ notChecked }) => notChecked !== undefined).map(({ check }) => check);
  assert.deepEqual(unchecked, ['access', 'ingest', 'Istio', 'records', 'HPAs']);
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
    assert.deepEqual([code, stderr], [0, ''], command.join(' '));
    assert.notEqual(stdout, '');
  }
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
  assert.match(await bench.plane.kubectl('plugin', 'list'), /\/kubectl-activescale$/m);
});
