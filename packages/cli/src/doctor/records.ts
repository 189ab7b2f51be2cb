import { readRecords } from '../records/read.ts';
import { type PodState, statesOf } from '../records/states.ts';
import { recordsOf } from './context.ts';
import type { Check, Finding } from './finding.ts';
import { workloadsWithPods } from './istio.ts';

/** What the proxies of scaled workloads have really sent. */
export const records: Check = {
  name: 'records',
  sound: 'every pod of a scaled workload has a fresh record',
  async run(context) {
    const store = await recordsOf(context);
    const findings: Finding[] = [];
    for (const { pods = [], subject, namespace } of await workloadsWithPods(context)) {
      const running = pods.filter(({ phase }) => phase === 'Running');
      if (running.length === 0) continue;
      const states = statesOf(
        await readRecords(store, namespace, running, context.settings),
        context.settings,
      );
      findings.push(...stateFindings(states).map((found) => ({ subject, ...found })));
    }
    return findings;
  },
};

type Problem = Omit<Finding, 'subject'>;

export function stateFindings(states: readonly PodState[]): Problem[] {
  const problems: Problem[] = [];
  const some = (chosen: readonly PodState[]) =>
    `${chosen.length} of ${states.length} pods, such as ${chosen[0]?.name}`;
  const unknown = states.filter(({ state }) => state === 'unknown');
  if (unknown.length > 0) {
    problems.push({
      problem: `${some(unknown)}, are unknown: ${unknown[0]?.why}`,
      fix: 'restart pods that are older than the configuration; ask a proxy: pilot-agent request GET clusters | grep ^envoy_metrics_service (README, Debugging)',
    });
  }
  // Its node's own metadata: ingest has read the filter from PROXY_CONFIG and the annotations.
  const filtered = states.filter(
    ({ state, head }) => state === 'idle' && head?.proxy !== 'other' && head?.idleIsZero === false,
  );
  if (filtered.length > 0 && !states.some(({ state }) => state === 'live')) {
    problems.push({
      problem: `${some(filtered)}, push without the gauge, and the stats filter that their nodes told ingest drops it`,
      fix: 'add the regular expressions of README, Telling Envoy to push, and restart the pods',
    });
  }
  return problems;
}
