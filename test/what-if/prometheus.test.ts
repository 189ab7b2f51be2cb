import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startPrometheus } from '@activescale/devkit';
import { cliJson, runCli } from '../e2e/cli/run-cli.ts';
import { type Comparison, replayedReplicas, shareWithin } from '../e2e/hpa/replayed.ts';
import { SYNC_S, startScaledLoads } from '../e2e/hpa/scaled-loads.ts';
import { startKubeStateMetrics } from '../manifests/kube-state-metrics.ts';
import { scraper } from '../manifests/scraped.ts';
import { LOADS } from './loads.ts';

/** More than the shortest history. */
const SECONDS = 75;

test("what-if replays a real Prometheus' history of what api answered to the HPA", {
  timeout: 300_000,
}, async (t) => {
  const { burst } = LOADS;
  assert.ok(burst);
  const behavior = { scaleDown: { stabilizationWindowSeconds: 10 } };
  await using loads = await startScaledLoads([{ namespace: 'today', load: burst, target: 1_000, behavior }]);
  const { plane, api } = loads.bench;
  const folder = await mkdtemp(join(tmpdir(), 'what-if-'));
  t.after(() => rm(folder, { recursive: true }));
  await using kubeStateMetrics = await startKubeStateMetrics(plane);
  const job = { path: '/metrics', honorLabels: true };
  const target = (port: number) => [{ port, labels: {} }];
  await using prometheus = await startPrometheus([
    { ...job, name: 'api', targets: target(api.securePort), tls: await scraper(plane, folder) },
    { ...job, name: 'kube-state-metrics', targets: target(kubeStateMetrics.port) },
  ]);
  await loads.begin();
  await loads.second(SECONDS);
  const env = { KUBECONFIG: await plane.kubeconfig() };
  const history = ['what-if', 'hpa/web', '-n', 'today', '--prometheus', prometheus.url, '--for', '60s'];
  const facts = ['--sync-period', `${SYNC_S}s`, '--pod-start', '1s'];
  const comparison = await cliJson<Comparison>([...history, ...facts], env);
  assert.ok(comparison.secondsUnknown < 5, `${comparison.secondsUnknown} s unknown`);
  const real = loads.replicas.get('today') ?? [];
  const share = shareWithin(1, real, replayedReplicas(comparison, 'today'), comparison);
  t.diagnostic(`within one replica for ${Math.round(100 * share)} % of the time`);
  // api's answer is a sync period old at most, and was scraped a second ago.
  assert.ok(share >= 0.9, `${share}: ${JSON.stringify({ real, comparison })}`);
  // The observed replicas are those in the status of the HPA, which follow a sync period later.
  assert.ok(comparison.withinOne >= 0.75, `${comparison.withinOne}`);

  const many = await runCli([...history, '--query', 'up'], env);
  assert.equal(many.code, 1);
  assert.match(
    many.stderr,
    /^activescale what-if: the query has 2 series, expected one, such as sum\(\.\.\.\): up\n$/,
  );
});
