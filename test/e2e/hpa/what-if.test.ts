import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../cli/run-cli.ts';
import { replayedReplicas, replayFrom, shareInEnvelope } from './replayed.ts';
import { SYNC_S, startScaledLoads } from './scaled-loads.ts';

// The short form of test/what-if: one load, today's settings.

const FACTS = ['--sync-period', `${SYNC_S}s`, '--pod-start', '1s'];
const SECONDS = 34;
/** For the start of the CLI on a busy machine. */
const START_S = 8;
const burst = (second: number) => (second >= 8 && second < 16 ? 8_000 : 3_000);

test('what-if reproduces the replicas of the real HPA from a collection that Ctrl-C ends', {
  timeout: 240_000,
}, async (t) => {
  const behavior = { scaleDown: { stabilizationWindowSeconds: 6 } };
  await using loads = await startScaledLoads([{ namespace: 'burst', load: burst, target: 1_000, behavior }]);
  const folder = await mkdtemp(join(tmpdir(), 'what-if-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'load.json');
  const { plane } = loads.bench;
  const env = { KUBECONFIG: await plane.kubeconfig() };
  await loads.begin();
  const interrupt = new AbortController();
  const collecting = runCli(
    ['what-if', 'deploy/web', '-n', 'burst', '--collect', '1h', '--save', file, ...FACTS],
    env,
    { interrupt: interrupt.signal },
  );
  await loads.second(SECONDS + START_S);
  interrupt.abort();
  const { code, stdout, stderr } = await collecting;
  assert.deepEqual([code, stderr], [0, ''], stdout);
  assert.match(
    stdout,
    /^hpa\/web in burst: Deployment web, \d+(\.\d)? s of active_requests of Deployment web/,
  );

  const phases = [await replayFrom(file, 0, FACTS, env), await replayFrom(file, 1, FACTS, env)];
  const [first] = phases;
  assert.ok(first !== undefined && first.seconds > SECONDS - 5, `${first?.seconds} s`);
  const real = loads.replicas.get('burst') ?? [];
  const replays = phases.map((phase) => replayedReplicas(phase, 'today'));
  const share = shareInEnvelope(SYNC_S * 1_000, real, replays, first);
  t.diagnostic(`${Math.round(100 * share)} % of the time`);
  assert.ok(share >= 0.95, `${share}: ${JSON.stringify({ real, replays })}`);
  // The default policies allow four pods more in 15 s.
  assert.equal(Math.max(...real.map(({ replicas }) => replicas)), 7);
  assert.equal(first.settings[0]?.replicas.max, 7);

  const nobody = { KUBECONFIG: await plane.kubeconfig({ name: 'nobody' }) };
  const refused = await runCli(['what-if', 'hpa/web', '-n', 'burst', '--collect', '1h'], nobody);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^activescale what-if: GET .*horizontalpodautoscalers\/web: 403 /);
});
