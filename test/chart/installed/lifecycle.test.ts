import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ControlPlane,
  deployment,
  type KubeObject,
  namespace,
  startControlPlane,
  until,
} from '@activescale/devkit';
import { V1BETA2 } from '../../contract/api.ts';
import { startFleet } from '../../e2e/hpa/fleet.ts';
import { presetFile } from '../chart.ts';
import { startNode } from './node.ts';
import { caBundle, everything, leadHere, nothingLeft, openRelease, REMOVERS } from './release.ts';

// A release from the installation to its removal, on a real control plane. Its pods run as processes of this machine, from this
// tree, with exactly what the chart gives them (node.ts).

const NAMESPACE = 'activescale';
const REQUESTS = 30;
const WEB = '/apis/apps/v1/namespaces/shop/deployments/web';
const QUERY = `${V1BETA2}/namespaces/shop/deployments.apps/web/active_requests`;

test('install, scale, upgrade and roll back without a failed query, uninstall', {
  timeout: 900_000,
}, async (t) => {
  await using running = new AsyncDisposableStack();
  const plane = running.use(await startControlPlane({ controllers: REMOVERS }));
  const before = await everything(plane);
  const node = running.use(await startNode(plane, NAMESPACE));
  const release = openRelease(NAMESPACE, await plane.kubeconfig());
  const values = ['--values', presetFile('dev'), '--set', `api.servicePort=${node.addresses.queries.port}`];
  const begun = performance.now();
  const say = (what: string) => t.diagnostic(`${((performance.now() - begun) / 1000).toFixed(1)} s  ${what}`);

  await release.install(...values);
  await leadHere(plane, NAMESPACE);
  say('installed');
  await release.run('test');
  say('tested');
  assert.match(node.tasks.get('test')?.[0] ?? '', /kube-apiserver gets the answers of api/);

  await plane.admin.apply(namespace('shop'));
  await plane.admin.apply(deployment('web', 'shop', 2));
  const sinkPort = node.addresses.pushes.port;
  const fleet = await startFleet({ plane, namespace: 'shop', app: 'web', sinkPort });
  running.use(fleet);
  await until(() => fleet.size() === 2, { what: 'two pods', deadline: 30_000 });
  fleet.setRequests(REQUESTS);
  await plane.admin.apply(hpa());
  const scaled = async () =>
    (await plane.admin.get<{ spec: { replicas: number } }>(WEB)).spec.replicas === 3 || undefined;
  await until(scaled, { what: 'three replicas', deadline: 60_000, every: 200 });
  say('the HPA has scaled from 2 to 3');
  await until(async () => fleet.size() === 3 && (await ask(plane)) === String(REQUESTS), {
    what: 'the sum of all requests',
    deadline: 60_000,
  });

  const authority = await caBundle(plane);
  const watching = running.use(watch(plane));
  await release.install(
    ...values,
    '--set',
    'settings.METRIC_TTL=30s,api.replicas.min=2,ingest.replicas.max=3',
  );
  assert.equal(await setting(plane, 'METRIC_TTL'), '30s');
  await until(() => node.ready('api') === 2, { what: 'two replicas of api', deadline: 60_000 });
  say('upgraded');
  await release.run('rollback', '1', '--wait', '--wait-for-jobs');
  assert.equal(await setting(plane, 'METRIC_TTL'), '20s');
  say('rolled back');
  const answers = await watching.end();
  t.diagnostic(`answers: ${JSON.stringify(Object.fromEntries(answers))}`);
  // Whether values stay true in a rolling update is the subject of test/e2e/hpa/rolling-update.test.ts.
  assert.deepEqual(
    [...answers.keys()].filter((answer) => !/^\d+$/.test(answer)),
    [],
  );
  assert.equal(await caBundle(plane), authority);
  assert.equal(node.tasks.get('certificate')?.length, 3);

  await release.run('uninstall', '--wait', '--timeout', '3m');
  assert.deepEqual(node.failures(), []);
  say('uninstalled');
  await nothingLeft(plane, { namespace: NAMESPACE, before, except: / shop\/|^Namespace \/shop$/ });
});

function hpa(): KubeObject {
  const describedObject = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  const target = { type: 'AverageValue', averageValue: '10' };
  const object = { metric: { name: 'active_requests' }, describedObject, target };
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      scaleTargetRef: describedObject,
      minReplicas: 2,
      maxReplicas: 3,
      metrics: [{ type: 'Object', object }],
    },
  };
}

/** The value of the query, or what came in its place. */
async function ask({ admin }: ControlPlane): Promise<string> {
  const { status, body } = await admin.request(QUERY).catch((error) => ({ status: 0, body: String(error) }));
  return status === 200 ? String(JSON.parse(body).items[0]?.value) : `${status} ${body}`;
}

/** Asks without a pause, until its end: the number of each answer. */
function watch(plane: ControlPlane): AsyncDisposable & { end(): Promise<Map<string, number>> } {
  const closing = new AbortController();
  const answers = new Map<string, number>();
  const loop = (async () => {
    while (!closing.signal.aborted) {
      const answer = await ask(plane);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      await sleep(20);
    }
  })();
  const end = async () => {
    closing.abort();
    await loop;
    return answers;
  };
  return { end, [Symbol.asyncDispose]: async () => void (await end()) };
}

async function setting({ admin }: ControlPlane, name: string): Promise<string | undefined> {
  const path = `/api/v1/namespaces/${NAMESPACE}/configmaps/activescale`;
  return (await admin.get<{ data: Record<string, string> }>(path)).data[name];
}
