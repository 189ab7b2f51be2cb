import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  deployment,
  type KubeObject,
  listPods,
  namespace,
  podCount,
  runPods,
  until,
} from '@activescale/devkit';
import { V1BETA2 } from '../contract/api.ts';
import { type FallThroughBench, startFallThroughBench } from './bench.ts';

// A real prometheus-adapter behind api: `npm run fallthrough`, which builds it the first time.

const THEIRS = `${V1BETA2}/namespaces/shop/pods/*/queue_length?labelSelector=app%3Dworker`;
const OURS = `${V1BETA2}/namespaces/shop/deployments.apps/web/active_requests`;
const EXTERNAL = '/apis/external.metrics.k8s.io/v1beta1/namespaces/shop';
const DEPLOYMENTS = ['web', 'worker', 'batch'];

let bench: FallThroughBench;
before(async () => {
  bench = await startFallThroughBench();
  const { admin } = bench.plane;
  await admin.apply(namespace('shop'));
  for (const name of DEPLOYMENTS) await admin.apply(deployment(name, 'shop', 1));
  await podCount(admin, DEPLOYMENTS.length, { namespace: 'shop' });
  await runPods(admin, { namespace: 'shop' });
  bench.series.set(`queue_length{namespace="shop",pod="${await podOf('worker')}"}`, 30);
  bench.series.set('jobs_waiting{namespace="shop",queue="mail"}', 50);
  bench.series.set('jobs_waiting{namespace="shop",queue="other"}', 1_000);
  await bench.put({ namespace: 'shop', name: await podOf('web'), active: 30, expiry: 3_600_000, ...SLOW });
  await until(async () => (await statusOf(THEIRS)) === 200, {
    what: 'prometheus-adapter to list its series',
    deadline: 60_000,
    every: 200,
  });
});
after(() => bench?.[Symbol.asyncDispose]());

/** A long flush interval, so that a record stays fresh for the whole test. */
const SLOW = { flushLength: 60_000 };

async function podOf(app: string): Promise<string> {
  const pods = await listPods(bench.plane.admin, { namespace: 'shop', labelSelector: `app=${app}` });
  return pods[0]?.metadata.name ?? assert.fail(`${app} has no pod`);
}

async function statusOf(path: string): Promise<number> {
  return (await bench.plane.admin.request(path)).status;
}

/** The names in the list of metrics. */
async function listed(version = V1BETA2): Promise<string[]> {
  const { resources } = await bench.plane.admin.get<{ resources: { name: string }[] }>(version);
  return resources.map(({ name }) => name);
}

/** api reads the list of another adapter every half minute. */
async function untilListed(version: string, name: string): Promise<void> {
  const isListed = async () => (await listed(version)).includes(name);
  await until(isListed, { what: `${name} in ${version}`, deadline: 90_000, every: 500 });
}

function hpa(name: string, metric: object): KubeObject {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace: 'shop' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: 1,
      maxReplicas: 10,
      metrics: [metric],
    },
  };
}

const target = { type: 'AverageValue', averageValue: '10' };

test('HPAs on metrics of activescale and of prometheus-adapter scale in one cluster', {
  timeout: 180_000,
}, async () => {
  const { admin } = bench.plane;
  const describedObject = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  const metric = (name: string, selector?: object) => ({ metric: { name, selector }, target });
  const mail = { matchLabels: { queue: 'mail' } };
  await admin.apply(
    hpa('web', { type: 'Object', object: { ...metric('active_requests'), describedObject } }),
  );
  await admin.apply(hpa('worker', { type: 'Pods', pods: metric('queue_length') }));
  await admin.apply(hpa('batch', { type: 'External', external: metric('jobs_waiting', mail) }));
  for (const [name, replicas] of [
    ['web', 3],
    ['worker', 3],
    ['batch', 5],
  ] as const) {
    const scaled = async () => {
      const path = `/apis/apps/v1/namespaces/shop/deployments/${name}`;
      const { spec } = await admin.get<KubeObject & { spec: { replicas: number } }>(path);
      return spec.replicas === replicas;
    };
    const what = `${replicas} replicas of ${name}`;
    await until(scaled, { what, deadline: 60_000, every: 200 }).catch(async (cause) => {
      throw new Error(await bench.plane.kubectl('describe', 'hpa', '--namespace', 'shop', name), { cause });
    });
  }
});

test('both versions and both groups list the metrics of both, ours first, and each once', async () => {
  const externalVersion = '/apis/external.metrics.k8s.io/v1beta1';
  await untilListed(V1BETA2, 'pods/queue_length');
  await untilListed(externalVersion, 'jobs_waiting');
  for (const version of [V1BETA2, '/apis/custom.metrics.k8s.io/v1beta1']) {
    const names = await listed(version);
    assert.equal(new Set(names).size, names.length);
    assert.ok(names.indexOf('pods/active_requests') < names.indexOf('pods/queue_length'), names.join());
    assert.ok(names.includes('namespaces/queue_length'));
  }
  assert.ok((await listed(externalVersion)).includes('active_requests'));
});

test('each version is answered in that version, with the values of prometheus-adapter', async () => {
  for (const version of ['v1beta2', 'v1beta1']) {
    const { status, body } = await bench.plane.admin.request(THEIRS.replace('v1beta2', version));
    assert.equal(status, 200, body);
    const list = JSON.parse(body) as { apiVersion: string; items: { value: string }[] };
    assert.equal(list.apiVersion, `custom.metrics.k8s.io/${version}`);
    assert.deepEqual(
      list.items.map(({ value }) => value),
      ['30'],
    );
  }
  const external = await bench.plane.admin.get<{ items: { value: string }[] }>(
    `${EXTERNAL}/jobs_waiting?labelSelector=queue%3Dmail`,
  );
  assert.deepEqual(
    external.items.map(({ value }) => value),
    ['50'],
  );
  const { status, body } = await bench.plane.admin.request(`${V1BETA2}/namespaces/shop/pods/*/nothing`);
  assert.equal(status, 404);
  assert.match(body, /the server could not find the metric nothing for pods/);
});

test('a user without rights is refused by api itself, although its own account may ask', async () => {
  const nobody = bench.direct(await bench.plane.credential({ name: 'nobody-in-particular' }));
  for (const path of [THEIRS, `${EXTERNAL}/jobs_waiting`]) {
    const { status, body } = await nobody.request(path);
    assert.equal(status, 403, body);
    assert.match(body, /nobody-in-particular.* cannot (get|list) resource/);
  }
});

/** In ms. */
async function timeToDelete(name: string): Promise<number> {
  await bench.plane.admin.apply(namespace(name));
  const start = performance.now();
  await bench.plane.kubectl('delete', 'namespace', name, '--timeout=60s');
  return performance.now() - start;
}

test('a prometheus-adapter that is killed fails its own metrics within 1 s, and nothing else', {
  timeout: 240_000,
}, async (t) => {
  const before = await timeToDelete('gone-before');
  const names = await listed();
  bench.adapter.kill();
  const killed = performance.now();
  await until(async () => (await statusOf(THEIRS)) === 503, { what: '503', deadline: 10_000, every: 20 });
  const failed = performance.now() - killed;
  t.diagnostic(`503 after ${Math.round(failed)} ms`);
  assert.ok(failed < 1_000, `${failed} ms`);
  const { body } = await bench.plane.admin.request(THEIRS);
  assert.match(body, /monitoring\/prometheus-adapter \(FALLTHROUGH_CUSTOM\) is unavailable/);
  for (let count = 0; count < 20; count++) {
    assert.equal(await statusOf(OURS), 200);
    await sleep(50);
  }
  assert.deepEqual(await listed(), names);
  const during = await timeToDelete('gone-during');
  t.diagnostic(
    `a namespace was deleted in ${Math.round(before)} ms, and meanwhile in ${Math.round(during)} ms`,
  );
  // With a broken list of metrics it would not be deleted at all.
  assert.ok(during < 2 * before + 5_000, `${during} ms, before ${before} ms`);

  await bench.restartAdapter();
  const back = performance.now();
  await until(async () => (await statusOf(THEIRS)) === 200, { what: '200', deadline: 30_000, every: 50 });
  const served = performance.now() - back;
  t.diagnostic(`200 after ${Math.round(served)} ms`);
  assert.ok(served < 5_000, `${served} ms`);
});
