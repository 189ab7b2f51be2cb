import assert from 'node:assert/strict';
import { get } from 'node:http';
import { after, before, test } from 'node:test';
import { until } from '@activescale/devkit';
import { type ClusterBench, startInCluster } from '../../contract/api-cluster.ts';
import { type Served, serveDashboard } from '../../dashboard/served.ts';
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
  const url = new URL(served.url);
  ({ origin } = url);
  authorization = `Bearer ${url.hash.slice('#token='.length)}`;
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

/** The readings of a workload, as long as the dashboard runs. */
async function* readings(): AsyncGenerator<Reading> {
  const { body } = await fetch(`${origin}${DETAIL}`, { headers: { authorization } });
  let rest = '';
  for await (const text of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const events = `${rest}${text}`.split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) yield JSON.parse(event.slice('data: '.length));
  }
}

/** The first reading for which this holds. */
async function readingWith(holds: (reading: Reading) => boolean): Promise<Reading> {
  for await (const reading of readings()) if (holds(reading)) return reading;
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
  const { workload } = await readingWith((reading) => reading.failures.length === 0);
  assert.equal(workload?.metrics[0]?.value, 9.5);
});

test('SIGTERM ends it with code 0, also while a page is open', async () => {
  await readings().next();
  assert.equal(await served.process.stop(), 0);
});
