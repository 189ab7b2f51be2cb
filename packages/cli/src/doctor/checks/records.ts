import { STAT, type StatSet } from '@activescale/protocol/record';
import { OMISSION_CODES } from '../../findings/reasons.ts';
import { missingText } from '../../records/missing-stats.ts';
import { readRecords } from '../../records/read.ts';
import { missingStats, type PodState, samplesOf, statesOf } from '../../records/states.ts';
import { recordsOf } from '../context.ts';
import type { Check, Finding } from '../finding.ts';
import { NotChecked } from '../not-checked.ts';
import { neededStats } from '../scaled-workloads.ts';
import { counterModeProblem } from './counter-mode.ts';
import { INGEST } from './ingest.ts';
import { workloadsWithLoad } from './istio.ts';

/** Checks what the proxies of scaled workloads have actually sent. */
export const records: Check = {
  name: 'records',
  sound: 'every pod of a scaled workload has a fresh record',
  async run(context) {
    const store = await recordsOf(context);
    const findings: Finding[] = [];
    const { settings } = context;
    let looked = 0;
    for (const { pods = [], subject, namespace, hpa } of await workloadsWithLoad(context)) {
      const running = pods.filter(({ phase }) => phase === 'Running');
      if (running.length === 0) continue;
      looked += running.length;
      const read = await readRecords(store, namespace, running, settings);
      const missing = missingStats(read, settings, neededStats(hpa, settings.catalogue));
      const problems = [
        ...stateFindings(statesOf(read, settings)),
        ...missingFindings(missing, running.length),
        counterModeProblem(samplesOf(read, settings, 0, 0), await context.component(INGEST)) ?? [],
      ].flat();
      findings.push(...problems.map((found) => ({ subject, ...found })));
    }
    if (looked === 0) throw new NotChecked('no scaled workload has a running pod that this user may see');
    return findings;
  },
};

const ASK_PROXY =
  'restart pods that are older than the configuration, then check a proxy: pilot-agent request GET clusters | grep ^envoy_metrics_service (docs/proxies/README.md)';
const WAIT = 'wait for the next flush, which replaces the record; if it persists, see the log of ingest';

const FIXES: Readonly<Record<NonNullable<PodState['omitted']>, string>> = {
  no_record: ASK_PROXY,
  previous_pod: ASK_PROXY,
  expired: ASK_PROXY,
  idle: ASK_PROXY,
  stat_missing: ASK_PROXY,
  too_little: WAIT,
  ahead: "set the clock of Valkey's node with NTP; the next flush of a running pod replaces its record",
  corrupt: WAIT,
  other_version: 'finish the update: run the same release of ingest, api and this command',
};

type Problem = Omit<Finding, 'subject'>;

export function stateFindings(states: readonly PodState[]): Problem[] {
  const problems: Problem[] = [];
  const some = (chosen: readonly PodState[]) =>
    `${chosen.length} of ${states.length} pods, such as ${chosen[0]?.name}`;
  const unknown = states.filter(({ state }) => state === 'unknown');
  for (const [reason, chosen] of Map.groupBy(unknown, ({ omitted = 'no_record' }) => omitted)) {
    const problem = `${some(chosen)}, are unknown: ${chosen[0]?.why}`;
    problems.push({ code: OMISSION_CODES[reason], problem, fix: FIXES[reason] });
  }
  // From its node's metadata: ingest has read the filter from PROXY_CONFIG and the annotations.
  const filtered = states.filter(
    ({ state, head }) => state === 'idle' && head?.filterShown && (head.provenZero & STAT.active) === 0,
  );
  if (filtered.length > 0 && !states.some(({ state }) => state === 'live')) {
    problems.push({
      code: 'ASC321',
      problem: `${some(filtered)}, push without the gauge, and their stats filter drops it`,
      fix: 'add the regular expressions of README, "Configure Envoy to push", and restart the pods',
    });
  }
  return problems;
}

/** @param missing the stats that the HPA's metrics need and pods lack, by the pod's name */
function missingFindings(missing: ReadonlyMap<string, StatSet>, pods: number): Problem[] {
  const [first] = missing;
  if (first === undefined) return [];
  const [name, stats] = first;
  return [
    {
      code: 'ASC322',
      problem: `${missing.size} of ${pods} pods, such as ${name}, ${missingText(stats)}`,
      fix: 'let the stats filter pass them (docs/proxies/README.md, "Which filter enables which metric"), and restart the pods',
    },
  ];
}
