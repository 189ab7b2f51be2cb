import { provenStats, type Sample, unlessBroken } from '@activescale/metrics';
import { contradictsCounters, decodePodRecord } from '@activescale/protocol/record';
import type { ComponentSettings } from '../component-settings.ts';
import type { Finding } from '../finding.ts';

/**
 * Whether the pods of a workload send counters of the other kind than ingest expects.
 * @param ingest undefined: its settings cannot be read
 */
export function counterModeProblem(
  samples: readonly Sample[],
  ingest: ComponentSettings | undefined,
): Omit<Finding, 'subject'> | undefined {
  if (ingest === undefined) return undefined;
  const areDeltas = ingest.get('COUNTER_MODE') === 'delta';
  const wrong = samples.filter(({ head, record }) => {
    const decoded = unlessBroken(() => decodePodRecord(record));
    return typeof decoded === 'object' && contradictsCounters(decoded, areDeltas, provenStats(head));
  });
  const [first] = wrong;
  if (first === undefined) return undefined;
  const [mode, other, sent] = areDeltas
    ? ['delta', 'cumulative', 'totals']
    : ['cumulative', 'delta', 'increments'];
  return {
    code: 'ASC218',
    problem: `COUNTER_MODE is ${mode}, but ${wrong.length} of ${samples.length} pods, such as ${first.name}, send ${sent}`,
    fix: `set COUNTER_MODE of ingest to ${other}, or change report_counters_as_deltas of the sinks: all proxies must send the same kind`,
  };
}
