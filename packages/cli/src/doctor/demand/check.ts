import { demandOf, isDemand, type Metric, mayBeZero } from '@activescale/metrics';
import type { MetricSpec } from '../../cluster/autoscaler.ts';
import { metricOf, questionOf } from '../../cluster/question.ts';
import { findDemand, findZero } from '../../demand/found-demand.ts';
import { INGEST } from '../checks/ingest.ts';
import { allowed, type DoctorContext, recordsOf } from '../context.ts';
import type { Check, Finding } from '../finding.ts';
import { type FoundDestination, findDestination } from './destination-problem.ts';
import { findGateways } from './gateways.ts';
import { holdFindings } from './hold.ts';
import { missingStatsProblems } from './missing-stats.ts';
import { staleSourceProblem, unreportedProblem } from './unreported.ts';

type Problem = Omit<Finding, 'subject'>;

/** Checks the reports on the Services and routes in HPAs. Another check covers whether these exist. */
export const demand: Check = {
  name: 'demand',
  sound: 'live sources report the Services and routes of HPAs, with all stats that their metrics need',
  async run(context) {
    const findings = new Map<string, Finding>();
    let isHeld = false;
    for (const { subject, namespace, hpa } of await context.workloads()) {
      for (const spec of hpa.spec.metrics ?? []) {
        const metric = demandMetric(context, spec);
        if (metric === undefined) continue;
        isHeld ||= metric.function === 'held';
        // Several metrics of one destination have the same problems.
        for (const found of await demandProblems(context, namespace, spec, metric))
          findings.set(`${subject} ${found.problem}`, { subject, ...found });
      }
    }
    return [...findings.values(), ...(isHeld ? await holdFindings(context) : [])];
  },
};

function demandMetric({ settings }: DoctorContext, spec: MetricSpec): Metric | undefined {
  const question = questionOf(spec);
  const metric = question && metricOf(question, settings.catalogue);
  return metric && isDemand(metric) ? metric : undefined;
}

async function demandProblems(
  context: DoctorContext,
  namespace: string,
  spec: MetricSpec,
  metric: Metric,
): Promise<readonly Problem[]> {
  const question = questionOf(spec);
  if (question === undefined) return [];
  const store = await recordsOf(context);
  const destination = await findDestination(context, namespace, question, metric);
  if ('problem' in destination) return [];
  const { client, settings } = context;
  const place = { client, namespace, store, settings };
  const found = await allowed(findDemand(destination, destination.ports, place));
  const value = demandOf(found.live, destination.metric, found.now, settings, () => {});
  const missing = value.isUnmentioned
    ? []
    : missingStatsProblems(found, destination.metric, settings.metricTtl);
  if (!mayBeZero(value, destination.metric))
    return value.isUnmentioned ? [await unreported(context, namespace, destination)] : missing;
  const zero = await allowed(findZero(value, destination.kind, destination.metric, place));
  if ('value' in zero || zero.doubt === 'lost_records') return missing;
  if (zero.doubt === 'stale_source') return [...missing, staleSourceProblem(destination, zero.sources)];
  return [await unreported(context, namespace, destination)];
}

async function unreported(
  context: DoctorContext,
  namespace: string,
  { kind, name }: FoundDestination,
): Promise<Problem> {
  const demandFrom = (await context.component(INGEST))?.get('DEMAND_FROM');
  return unreportedProblem({ kind, name, namespace, demandFrom, gateways: await findGateways(context) });
}
