import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { holdOpen, type KubeObject, namespace, until } from '@activescale/devkit';
import { stringify } from 'yaml';
import { metricsOf } from '../contract/api.ts';
import { startFleets } from '../e2e/hpa/forged-fleets.ts';
import type { Story } from '../e2e/hpa/story.ts';
import { answers, type KedaBench, scaledObjectPath, startKedaBench, statusOf, targetOf } from './bench.ts';

// KEDA's own operator and metrics server with api as their external scaler, on deploy/examples: `npm run keda`, which builds
// them the first time.

/** How long a workload at 0 may wait for its first replica, in ms. */
const WAKES_MS = 2_000;
/** In s: so long that only a push can wake a workload within WAKES_MS. */
const SELDOM = { spec: { pollingInterval: 15 } };

let folder: string;
let keda: KedaBench;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keda-'));
  const METRICS_FILE = await setTarget(10);
  const services = ['web', 'asleep', 'awake', 'plain', 'spare', 'moved'];
  keda = await startKedaBench({ services, env: { METRICS_FILE } });
});
after(async () => {
  await keda?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Writes a METRICS_FILE in which demand_requests has this target. @returns its path */
async function setTarget(target: number): Promise<string> {
  const metrics = [
    { name: 'demand_requests', signal: 'demand_active_requests', function: 'held', target },
    { name: 'active_requests_mean_10s', signal: 'active_requests', function: 'mean', window: '10s' },
  ];
  const file = join(folder, 'metrics.yaml');
  await writeFile(`${file}.new`, stringify({ metrics }));
  await rename(`${file}.new`, file);
  return file;
}

/** The streams by which api pushes that a trigger is active. */
async function streams(): Promise<number> {
  const metrics = await metricsOf(keda.api());
  return Number(/^activescale_api_keda_streams\{method="StreamIsActive"\} (\d+)$/m.exec(metrics)?.[1]);
}

/** ms from a rejected request to the first replica. */
async function wakes(story: Story, name: string): Promise<number> {
  const began = performance.now();
  assert.equal(await statusOf(keda, name), 503);
  await story.becomes(1);
  return performance.now() - began;
}

test('a rejected request wakes a workload within 2 s, requests scale it out, and without them it goes back to 0', {
  timeout: 300_000,
}, async (t) => {
  const { gateway, upstreamPort } = keda;
  await using story = await keda.startWorkload('web', 'keda-demand', SELDOM);
  story.step('no request');
  await story.becomes(0);

  const delays: number[] = [];
  for (let i = 0; i < 3; i++) {
    story.step('one request');
    delays.push(await wakes(story, 'web'));
    story.step('no more');
    await story.becomes(0);
  }
  t.diagnostic(`1 replica ${delays.map(Math.round).join(', ')} ms after a rejected request`);
  assert.ok(Math.max(...delays) < WAKES_MS, `${delays}`);

  await gateway.setEndpoints('web', [upstreamPort]);
  await answers(keda, 'web', 200);
  story.step('25 requests at once');
  const load = holdOpen({ port: gateway.port, path: '/web/hold', count: 25 });
  await story.becomes(3);
  await load.stop();
  await gateway.setEndpoints('web', []);
  story.step('no more');
  await story.becomes(0);
});

test('while Valkey is down each workload has its fallback, and none is scaled to 0', {
  timeout: 300_000,
}, async () => {
  const { bench, gateway, upstreamPort } = keda;
  await gateway.setEndpoints('awake', [upstreamPort]);
  await using awake = await keda.startWorkload('awake', 'keda-demand');
  await using asleep = await keda.startWorkload('asleep', 'keda-demand');
  await using plain = await keda.startWorkload('plain', 'keda-demand', { spec: { fallback: null } });
  const load = holdOpen({ port: gateway.port, path: '/awake/hold', count: 35 });
  await awake.becomes(4);
  for (const story of [asleep, plain]) await story.becomes(0);

  for (const story of [awake, asleep, plain]) story.step('Valkey is down');
  await bench.valkey.stop();
  await asleep.becomes(2);
  await load.stop();
  await keda.keepsDeciding('awake');
  assert.deepEqual(awake.replicasSinceStep(), [4]);
  assert.deepEqual(asleep.replicasSinceStep(), [0, 1, 2]);
  assert.deepEqual(plain.replicasSinceStep(), [0]);

  for (const story of [awake, asleep, plain]) story.step('Valkey is back');
  await bench.valkey.restart();
  for (const story of [awake, asleep]) await story.becomes(0);
  await gateway.setEndpoints('awake', []);
});

test('after api was killed and replaced, a rejected request wakes a workload as before', {
  timeout: 300_000,
}, async (t) => {
  await using story = await keda.startWorkload('spare', 'keda-demand', SELDOM);
  await story.becomes(0);
  const before = await streams();
  assert.ok(before > 0);
  story.step('api is replaced');
  await keda.replaceApi();
  const began = performance.now();
  const all = async () => (await streams()) >= before;
  await until(all, { what: `${before} streams of KEDA`, deadline: 120_000, every: 100 });
  t.diagnostic(`KEDA streams again after ${Math.round(performance.now() - began)} ms`);
  story.step('one request');
  const delay = await wakes(story, 'spare');
  assert.ok(delay < WAKES_MS, `${delay}`);
});

test('a new target in METRICS_FILE reaches the HPA, and the ScaledObject stays as it is', {
  timeout: 300_000,
}, async () => {
  const { gateway, upstreamPort, bench } = keda;
  const path = scaledObjectPath('moved');
  await gateway.setEndpoints('moved', [upstreamPort]);
  const { admin } = bench.plane;
  await using story = await keda.startWorkload('moved', 'keda-demand');
  const [{ metadata, ...trigger }] = (await admin.get<ScaledObject>(path)).spec.triggers;
  const { target: _, ...untargeted } = metadata;
  await admin.patch(path, { spec: { triggers: [{ ...trigger, metadata: untargeted }] } });
  await using load = holdOpen({ port: gateway.port, path: '/moved/hold', count: 20 });
  await story.becomes(2);
  assert.equal(await targetOf(keda, 'moved'), '10');
  const { generation } = (await admin.get(path)).metadata;
  story.step('a target of 5');
  await setTarget(5);
  await story.becomes(4);
  assert.equal(await targetOf(keda, 'moved'), '5');
  assert.equal((await admin.get(path)).metadata.generation, generation);
  await load.stop();
  await gateway.setEndpoints('moved', []);
});

interface ScaledObject extends KubeObject {
  spec: { triggers: [{ metadata: Record<string, string> }] };
}

test('the load of its pods scales a workload', { timeout: 300_000 }, async () => {
  const { bench, ingest } = keda;
  await bench.plane.admin.apply(namespace('load'));
  let total = 14;
  const load = (pods: number) => {
    const each = total / Math.max(1, pods);
    return { perSecond: Math.round(each * 10), duration: 0.1, active: Math.round(each) };
  };
  await using story = await keda.startWorkload('web', 'keda-load', { namespace: 'load' });
  await using _fleet = startFleets(bench.plane, ingest.grpcPort, [
    { namespace: 'load', type: 'sidecar', load },
  ]);
  await story.becomes(2);
  story.step('40 requests in flight');
  total = 40;
  await story.becomes(4);
  story.step('14 requests in flight');
  total = 14;
  await story.becomes(2);
});
