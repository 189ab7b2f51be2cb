import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  createAuthority,
  deployment,
  EXTERNAL_METRICS,
  freePort,
  holdOpen,
  KEDA_METRICS_SERVICE,
  registerApi,
} from '@activescale/devkit';
import { RESOLVES_SERVICES } from '../contract/other-adapter.ts';
import { followStory } from '../e2e/hpa/story.ts';
import { followingHpa, serviceOf } from '../e2e/hpa/zero-bench.ts';
import { overlayWith } from '../manifests/overlays.ts';
import { answers, type KedaBench, SHOP, startKedaBench } from './bench.ts';

// One cluster with the external metrics of activescale and of KEDA: api serves the group, with KEDA's metrics server behind it.

let folder: string;
let keda: KedaBench;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keda-'));
  const FALLTHROUGH_EXTERNAL_CA_FILE = join(folder, 'ca.crt');
  const authority = await createAuthority("of KEDA's metrics server");
  await writeFile(FALLTHROUGH_EXTERNAL_CA_FILE, authority.cert);
  const port = await freePort();
  const { namespace, name } = KEDA_METRICS_SERVICE;
  const env = {
    ...RESOLVES_SERVICES,
    EXTERNAL_METRICS: 'true',
    FALLTHROUGH_EXTERNAL: `${namespace}/${name}:${port}`,
    FALLTHROUGH_EXTERNAL_CA_FILE,
  };
  keda = await startKedaBench({ services: ['web', 'ours'], env, metricsServer: { port, authority } });
  const { admin, ca } = keda.bench.plane;
  const objects = await overlayWith('qa', 'external-metrics', 'fall-through-external');
  const rights = objects.filter(({ metadata }) => metadata.name === 'activescale-fall-through-external');
  for (const object of rights.filter(({ kind }) => kind.startsWith('ClusterRole'))) await admin.apply(object);
  const { securePort } = keda.api();
  await registerApi(admin, { securePort, caBundle: ca.cert, versions: EXTERNAL_METRICS });
});
after(async () => {
  await keda?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

test('a ScaledObject and an HPA by an external metric scale side by side, and the HPA without KEDA', {
  timeout: 300_000,
}, async () => {
  const { gateway, upstreamPort, bench } = keda;
  const { admin } = bench.plane;
  for (const name of ['web', 'ours']) await gateway.setEndpoints(name, [upstreamPort]);
  for (const name of ['web', 'ours']) await answers(keda, name, 200);
  await using web = await keda.startWorkload('web', 'keda-demand');
  await admin.apply(deployment('ours', SHOP, 1));
  await admin.apply(serviceOf('ours'));
  await using ours = followStory(admin, SHOP, 'ours', 'keda-beside-ours.log');
  await admin.apply(followingHpa('ours', { minReplicas: 1, metrics: [demandFor('ours')] }));

  const hold = (name: string, count: number) =>
    holdOpen({ port: gateway.port, path: `/${name}/hold`, count });
  await using _first = hold('web', 25);
  await using _second = hold('ours', 35);
  await web.becomes(3);
  await ours.becomes(4);

  for (const story of [web, ours]) story.step('KEDA is gone');
  await keda.keda[Symbol.asyncDispose]();
  await using _more = hold('ours', 20);
  await ours.becomes(6);
  await web.condition('ScalingActive', 'False', 'FailedGetExternalMetric');
  assert.deepEqual(web.replicasSinceStep(), [3]);
});

/** The metric of an HPA: ten requests to the Service for each pod. */
function demandFor(service: string) {
  const selector = { matchLabels: { service } };
  const target = { type: 'AverageValue', averageValue: '10' };
  return { type: 'External', external: { metric: { name: 'demand_requests', selector }, target } };
}
