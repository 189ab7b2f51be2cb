import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CliEnv, runCli } from '../e2e/cli/run-cli.ts';
import {
  type Comparison,
  replayedReplicas,
  replayFrom,
  shareInEnvelope,
  shareWithin,
} from '../e2e/hpa/replayed.ts';
import { SYNC_S, startScaledLoads } from '../e2e/hpa/scaled-loads.ts';
import { LOADS, SECONDS } from './loads.ts';

// For each load three real HPAs scale a Deployment at the same time. The load of the first one is collected. From it, what-if
// reproduces the replicas of the first, and predicts those of the others.

const TODAY = { target: 1_000, behavior: { scaleDown: { stabilizationWindowSeconds: 20 } } };
const CAUTIOUS = {
  scaleUp: { policies: [{ type: 'Pods', value: 1, periodSeconds: 6 }] },
  scaleDown: {
    stabilizationWindowSeconds: 20,
    policies: [{ type: 'Pods', value: 1, periodSeconds: 10 }],
  },
};
const FACTS = ['--sync-period', `${SYNC_S}s`, '--pod-start', '1s'];
/** A replay may begin its sync periods at each of these seconds of the load. */
const PHASES = Array.from({ length: SYNC_S }, (_, second) => second);
const ARTIFACTS = join(import.meta.dirname, '../../artifacts');

for (const [name, load] of Object.entries(LOADS)) {
  test(`${name}: what-if reproduces the replicas that ran, and predicts those of two other settings`, {
    timeout: 600_000,
  }, async (t) => {
    await using loads = await startScaledLoads([
      { namespace: 'today', load, ...TODAY },
      { namespace: 'target', load, ...TODAY, target: 700 },
      { namespace: 'behavior', load, ...TODAY, behavior: CAUTIOUS },
    ]);
    const folder = await mkdtemp(join(tmpdir(), 'what-if-'));
    t.after(() => rm(folder, { recursive: true }));
    const [file, behavior] = [join(folder, 'load.json'), join(folder, 'cautious.yaml')];
    await writeFile(behavior, JSON.stringify(CAUTIOUS));
    const env: CliEnv = { KUBECONFIG: await loads.bench.plane.kubeconfig() };
    await loads.begin();
    const collect = ['what-if', 'hpa/web', '-n', 'today', '--collect', `${SECONDS}s`, '--save', file];
    const { code, stdout, stderr } = await runCli([...collect, ...FACTS], env);
    assert.deepEqual([code, stderr], [0, ''], stdout);

    const log = [`${stdout}\n`];
    const replays = async (...args: readonly string[]): Promise<Comparison[]> => {
      const found: Comparison[] = [];
      for (const phase of PHASES) found.push(await replayFrom(file, phase, [...args, ...FACTS], env));
      return found;
    };
    /** The replay with the phase that is nearest to the real one. */
    const predicted = async (namespace: string, setting: string, ...args: readonly string[]) => {
      const real = loads.replicas.get(namespace) ?? [];
      const shares = (await replays(...args)).map((comparison) => {
        const replayed = replayedReplicas(comparison, setting);
        log.push(`${setting}: ${JSON.stringify({ real, replayed })}\n`);
        return shareWithin(1, real, replayed, comparison);
      });
      return Math.max(...shares);
    };
    try {
      const today = await replays();
      const real = loads.replicas.get('today') ?? [];
      const replayed = today.map((comparison) => replayedReplicas(comparison, 'today'));
      const [first] = today;
      assert.ok(first !== undefined && first.secondsUnknown < 5, `${first?.secondsUnknown} s unknown`);
      log.push(`today: ${JSON.stringify({ real, replayed })}\n`);
      const same = shareInEnvelope(SYNC_S * 1_000, real, replayed, first);
      const target = await predicted('target', 'target 700', '--target', '700');
      const cautious = await predicted('behavior', `behavior ${behavior}`, '--behavior', behavior);
      const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
      t.diagnostic(`today apart from the phase: ${percent(same)} of the time`);
      t.diagnostic(
        `within one replica: ${percent(target)} (target 700), ${percent(cautious)} (other behavior)`,
      );
      assert.ok(same >= 0.98, `today: ${same}`);
      assert.ok(target >= 0.95, `target 700: ${target}`);
      assert.ok(cautious >= 0.95, `other behavior: ${cautious}`);
    } finally {
      await mkdir(ARTIFACTS, { recursive: true });
      await writeFile(join(ARTIFACTS, `what-if-${name}.log`), log.join('\n'));
    }
  });
}
