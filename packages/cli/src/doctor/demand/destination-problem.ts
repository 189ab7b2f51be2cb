import { type Metric, MetricSelectorError } from '@activescale/metrics';
import { destinationText, readDestination } from '../../cluster/destination.ts';
import type { Question } from '../../cluster/question.ts';
import { type AskedDestination, askedDestination } from '../../demand/asked-destination.ts';
import { allowed, type DoctorContext } from '../context.ts';
import type { Finding } from '../finding.ts';

type Problem = Omit<Finding, 'subject'>;

/** A destination that exists, and its port as sources may name it, by number or name; undefined: all ports count. */
export interface FoundDestination extends AskedDestination {
  readonly ports: readonly string[] | undefined;
}

/** The destination of an HPA's metric of demand, or why there is none. @throws NotChecked */
export async function findDestination(
  { client }: DoctorContext,
  namespace: string,
  question: Question,
  metric: Metric,
): Promise<FoundDestination | { readonly problem: Problem }> {
  const asked = askedOrProblem(question, metric);
  if ('problem' in asked) return asked;
  const { kind, name, port } = asked;
  const found = await allowed(readDestination(client, kind, namespace, name, port));
  if (found.state === 'exists') return { ...asked, ports: found.ports };
  const what = found.state === 'missing' ? 'does not exist' : `has no port ${port}`;
  const problem = `its metric ${question.metric} is of ${destinationText(kind, name)}, which ${what}`;
  const fix =
    found.state === 'missing'
      ? `name a Service or route of the namespace ${namespace}, to which the callers send their requests`
      : 'select a port of the Service by number or name';
  const code = found.state === 'missing' ? 'ASC501' : 'ASC502';
  return { problem: { code, problem, fix } };
}

function askedOrProblem(
  question: Question,
  metric: Metric,
): AskedDestination | { readonly problem: Problem } {
  try {
    const asked = askedDestination(question, metric);
    if (asked !== undefined) return asked;
    const { describedObject } = question;
    const of = describedObject === undefined ? 'pods' : `${describedObject.kind} ${describedObject.name}`;
    const problem = `its metric ${question.metric} is of ${of}, but only Services and routes have demand`;
    const fix =
      'use type Object and describe the Service or route that callers send requests to, or use a metric of pods';
    return { problem: { code: 'ASC503', problem, fix } };
  } catch (error) {
    if (!(error instanceof MetricSelectorError)) throw error;
    const problem = `the selector of its metric ${question.metric} is invalid: ${error.message}`;
    return { problem: { code: 'ASC504', problem, fix: 'correct the selector: docs/signals.md, "Demand"' } };
  }
}
