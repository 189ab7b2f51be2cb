import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { deployment, podCount, startPrometheus } from '@activescale/devkit';
import {
  NAMESPACE,
  type RecommendBench,
  type Recommended,
  startRecommendBench,
} from '../../recommend/bench.ts';
import { sweep } from '../../recommend/sweep.ts';
import type { Pool } from '../../recommend/worker-pool.ts';
import { keepCapture, WIDTHS } from './captures.ts';
import { cliJson, runCli } from './run-cli.ts';

// recommend with one server of known capacity. `npm run recommend` has more, and longer sweeps.

const POOL: Pool = { workers: 4, mean: 60, service: 'fixed' };

let bench: RecommendBench;
let folder: string;
before(async () => {
  bench = await startRecommendBench();
  folder = await mkdtemp(join(tmpdir(), 'recommend-'));
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

test('a target is recommended while the load increases, and the same from saved evidence', async () => {
  await using scope = new AsyncDisposableStack();
  const envoy = await bench.deploy('web', POOL, scope);
  const targets = [{ port: envoy.adminPort, labels: { pod: 'web-1' } }];
  const job = { name: 'envoys', path: '/stats/prometheus', honorLabels: false, targets };
  const prometheus = scope.use(await startPrometheus([job]));
  const swept = new AbortController();
  const [saved, image] = [join(folder, 'web.json'), join(folder, 'web.svg')];
  const args = ['recommend', 'deploy/web', '-n', NAMESPACE, '--save', saved, '--svg', image];
  const running = runCli(args, bench.env, { interrupt: swept.signal });
  await sweep(
    envoy.port,
    [1, 2, 4, 6, 8].map((clients) => ({ clients, seconds: 7 })),
  );
  swept.abort();
  const { code, stdout, stderr } = await running;
  assert.deepEqual([code, stderr], [0, ''], 'Ctrl-C evaluates what was observed');
  assert.match(stdout, /^Deployment web in shop: 1 pod, \d+\.\d s of evidence/);
  assert.match(stdout, /\ntarget +averageValue: \d/);
  const again = await cliJson<{ inFlight: number; averageValue: number }>(['recommend', '--from', saved], {});
  assert.ok(Math.abs(again.inFlight / 6 - 1) < 0.25, `${again.inFlight}`);
  assert.match(stdout, new RegExp(`averageValue: ${again.averageValue} `));
  assert.match(await readFile(image, 'utf8'), /^<svg /);
  for (const width of WIDTHS) {
    const shown = await runCli(['recommend', '--from', saved], { COLUMNS: String(width) });
    await keepCapture('recommend', width, shown.stdout);
  }
  const strict = await runCli(['recommend', '--from', saved, '--slo', 'mean=20ms'], {});
  assert.equal(strict.code, 4);
  assert.match(strict.stdout, /\nrefused +the mean duration is above its limit/);
  const history = ['recommend', 'deploy/web', '-n', NAMESPACE, '--prometheus', prometheus.url, '--for', '2m'];
  const histogram = ['--histogram', 'envoy_cluster_upstream_rq_time{envoy_cluster_name="inbound|8080||;"}'];
  const past = await cliJson<Recommended>([...history, ...histogram, '--slo', 'p95=1s'], {});
  const [bin] = past.bins;
  assert.ok(bin !== undefined && bin.inFlight > 1 && bin.inFlight < 8, JSON.stringify(past));
});

test('without a workload or records there is no recommendation', async () => {
  const nobody = await runCli(['recommend', 'deploy/nobody', '-n', NAMESPACE, '--for', '1s'], bench.env);
  assert.deepEqual(
    [nobody.code, nobody.stderr],
    [1, 'activescale recommend: there is no Deployment/nobody in the namespace shop\n'],
  );
  await bench.plane.admin.apply(deployment('silent', NAMESPACE, 1));
  await podCount(bench.plane.admin, 1, { namespace: NAMESPACE, labelSelector: 'app=silent' });
  const silent = await runCli(['recommend', 'deploy/silent', '-n', NAMESPACE, '--for', '1s'], bench.env);
  assert.equal(silent.code, 4);
  assert.match(silent.stdout, /\nrefused +too little evidence: .*; 1 pod has no usable record\n/);
  assert.match(silent.stdout, /\nnote +not observed: silent-\S+: no record: the proxy never pushed/);
  const { KUBECONFIG } = bench.env;
  const withoutApi = await runCli(['recommend', 'deploy/silent', '-n', NAMESPACE], { KUBECONFIG });
  assert.equal(withoutApi.code, 1, 'without an address of Valkey, records come through api');
  assert.match(withoutApi.stderr, /^activescale recommend: records through api/);
});
