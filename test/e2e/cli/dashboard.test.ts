import assert from 'node:assert/strict';
import { get } from 'node:http';
import { after, before, test } from 'node:test';
import { until } from '@activescale/devkit';
import { type ClusterBench, startInCluster } from '../../contract/api-cluster.ts';
import { authorizationOf, readings, type Served, serveDashboard } from '../../dashboard/served.ts';
import { type CliEnv, cliJson } from './run-cli.ts';
import { createSoundSystem, hpa, recordsOf } from './sound-system.ts';

// `activescale dashboard` without a browser: who may read its data, what it says, and how it ends. test/dashboard opens its page.

const started = new AsyncDisposableStack();
let bench: ClusterBench;
let env: CliEnv;
let pods: readonly string[];
let served: Served;
let origin: string;
let authorization: string;

before(async () => {
  bench = started.use(await startInCluster({ env: { METRIC_TTL: '1h' } }));
  env = { KUBECONFIG: await bench.plane.kubeconfig(), VALKEY_ADDR: bench.valkey.addr, METRIC_TTL: '1h' };
  pods = await createSoundSystem(bench.plane.admin);
  await bench.plane.admin.apply(hpa('web', 'load alone'));
  await push();
  served = started.use(await serveDashboard(['--port', '0'], env));
  ({ origin } = new URL(served.url));
  authorization = authorizationOf(served);
});
after(() => started.disposeAsync());

async function push(): Promise<void> {
  await bench.put(...recordsOf(pods).map((record, i) => ({ ...record, active: 12 - 5 * i })));
}

const OVERVIEW = '/api/overview';
const DETAIL = '/api/workloads/shop/web';

interface Coded {
  readonly code?: { readonly code: string };
}

interface Part {
  readonly name: string;
  readonly value?: number;
  readonly arithmetic: string;
}

interface Reading {
  readonly failures: readonly { readonly part: string; readonly problem: string }[];
  readonly workload?: {
    readonly replicas: object;
    readonly metrics: readonly {
      readonly value?: number;
      readonly from?: string;
      readonly parts: readonly Part[];
      readonly steps: readonly string[];
    }[];
    readonly decision: { readonly reasons: readonly (Coded & { readonly text: string })[] };
  };
}

interface Explained {
  readonly specReplicas: number;
  readonly statusReplicas: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly metrics: readonly {
    readonly from: string;
    readonly values: Readonly<Record<string, number>>;
    readonly records: { readonly pods: readonly Part[] };
    readonly steps: readonly string[];
  }[];
  readonly decision: { readonly reasons: readonly { readonly code: string; readonly text: string }[] };
}

/** The status of a request, whose Host is another one if it is named. */
function statusOf(headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(`${origin}${OVERVIEW}`, { headers }, (response) => {
      response.destroy();
      resolve(response.statusCode);
    }).once('error', reject);
  });
}

/** The first reading for which this holds. */
async function readingWith(holds: (reading: Reading) => boolean): Promise<Reading> {
  for await (const reading of readings<Reading>(served, DETAIL)) if (holds(reading)) return reading;
  throw new Error('the stream ended');
}

const pairs = (parts: readonly Part[]) =>
  parts.map(({ name, value, arithmetic }) => [name, value, arithmetic]);

test('only a request that names the dashboard and has its token gets data', async () => {
  assert.equal(await statusOf({ authorization }), 200);
  assert.equal(await statusOf({}), 401);
  assert.equal(await statusOf({ authorization: `${authorization}x` }), 401);
  assert.equal(await statusOf({ authorization, host: 'attacker.example' }), 421);
});

test('the first reading of a workload says what explain says', async () => {
  const reading = await readingWith(() => true);
  const said = await cliJson<Explained>(['explain', 'hpa/web', '-n', 'shop'], env);
  assert.deepEqual(reading.failures, []);
  assert.deepEqual(reading.workload?.replicas, {
    current: said.statusReplicas,
    desired: said.specReplicas,
    min: said.minReplicas,
    max: said.maxReplicas,
  });
  const [shown] = reading.workload?.metrics ?? [];
  const [metric] = said.metrics;
  assert.ok(shown && metric);
  assert.deepEqual([shown.from, shown.steps], [metric.from, metric.steps]);
  assert.deepEqual(pairs(shown.parts), pairs(metric.records.pods));
  assert.deepEqual([shown.value, Object.values(metric.values)], [9.5, [12, 7]]);
  assert.deepEqual(
    reading.workload?.decision.reasons.map(({ code, text }) => [code?.code, text]),
    said.decision.reasons.map(({ code, text }) => [code, text]),
  );
});

test('a Valkey that stops is named in the readings, which recover when it is back', {
  timeout: 90_000,
}, async () => {
  bench.valkey.kill();
  const isNamed = ({ failures }: Reading) => failures.some(({ part }) => part === 'Valkey');
  const { failures } = await readingWith(isNamed);
  assert.ok(failures[0]?.problem.startsWith(bench.valkey.addr), JSON.stringify(failures));
  await bench.valkey.restart();
  await until(() => push().then(() => true), { what: 'Valkey to accept records again', deadline: 30_000 });
  // Before the records came, one may say that there is none.
  const { failures: others, workload } = await readingWith(
    (reading) => reading.workload?.metrics[0]?.value !== undefined,
  );
  assert.deepEqual([others, workload?.metrics[0]?.value], [[], 9.5]);
});

test('SIGTERM ends it with code 0, also while a page is open', async () => {
  await readings(served, DETAIL).next();
  assert.equal(await served.process.stop(), 0);
});
