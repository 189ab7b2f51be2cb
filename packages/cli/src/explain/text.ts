import { amount, groupOf, type Range, replicasText } from '@activescale/hpa';
import { questionText } from '../cluster/question.ts';
import type { FindingCode } from '../findings/codes.ts';
import { FINDINGS_PAGE } from '../findings/described.ts';
import { duration, number } from '../format.ts';
import { table } from '../layout.ts';
import type { MetricExplanation } from './evaluate.ts';
import type { ExplainedPod, Explanation } from './explanation.ts';

/** Below the name of a metric. */
const INDENT = '  ';

/** An explanation for people. @param width of the terminal */
export function explanationText(explanation: Explanation, width: number): string {
  const { name, namespace, target, minReplicas, maxReplicas } = explanation;
  const { specReplicas, statusReplicas, pods } = explanation;
  const exist = statusReplicas === specReplicas ? '' : `, of which ${statusReplicas} exist`;
  const head = `hpa/${name} in ${namespace}: ${target.kind} ${target.name} has ${replicasText(specReplicas)}${exist} (${minReplicas} to ${maxReplicas} allowed)\n`;
  return [
    head,
    pods.length === 0 ? 'no pods\n' : podTable(pods, width),
    ...explanation.metrics.map((metric) =>
      'foreign' in metric
        ? `${metric.foreign}\n  ${coded(metric.code, metric.result.outcome)}\n`
        : metricText(metric, pods, width),
    ),
    endText(explanation),
    ...(hasCodes(explanation) ? [`codes: ${FINDINGS_PAGE}\n`] : []),
  ].join('\n');
}

/** A reason with the code of its description before it. */
function coded(code: FindingCode | undefined, text: string): string {
  return code === undefined ? text : `${code} ${text}`;
}

function hasCodes({ pods, metrics, decision }: Explanation): boolean {
  const coded: { readonly code?: FindingCode | undefined }[] = [...pods, ...metrics, ...decision.reasons];
  const parts = metrics.flatMap((each) =>
    'records' in each && each.records ? [each.records, ...each.records.parts] : [],
  );
  return [...coded, ...parts].some(({ code }) => code !== undefined);
}

function podTable(pods: readonly ExplainedPod[], width: number): string {
  const rows = pods.map(({ name, phase, deleting, ready, belongsTo, requests, code }) => {
    const condition = deleting ? 'Terminating' : phase === 'Running' && !ready ? 'Running, not ready' : phase;
    const age = requests?.age === undefined ? '-' : duration(requests.age);
    const state = `${requests?.state ?? '-'}${requests?.held ? ', held' : ''}`;
    const other = belongsTo === undefined ? '' : `it belongs to ${belongsTo}: only its labels match`;
    return [name, condition, state, age, coded(code, requests?.why ?? other)];
  });
  return table(['POD', 'PHASE', 'STATE', 'AGE', 'WHY'], rows, width);
}

function metricText(metric: MetricExplanation, pods: readonly ExplainedPod[], width: number): string {
  const { question, from, values, records, steps, result, code } = metric;
  const lines = [questionText(question)];
  const rows = (records?.parts ?? []).map((part) => [
    part.name,
    part.value === undefined ? '-' : number(part.value),
    coded(part.code, part.arithmetic),
  ]);
  if (rows.length > 0)
    lines.push(
      ...table([records?.of === 'sources' ? 'SOURCE' : 'POD', 'VALUE', 'FROM'], rows, width - INDENT.length)
        .trimEnd()
        .split('\n'),
    );
  if (records?.total !== undefined) lines.push(coded(records.code, records.total));
  if (values?.of === 'all') lines.push(`from the ${from}: ${amount(values.value)}`);
  if (values?.of === 'pods') {
    const returned = [...values.values].map(([name, value]) => `${name} ${amount(value)}`).join(', ');
    lines.push(`from the ${from}: ${returned}`);
    const ignored = pods.filter((pod) => groupOf(pod, values.values) === 'ignored').map(({ name }) => name);
    if (ignored.length > 0) lines.push(`omitted, being deleted: ${ignored.join(', ')}`);
  }
  lines.push(...steps);
  lines.push(
    result.outcome === 'proposal'
      ? `=> ${result.replicas}${code === undefined ? '' : ` (${code})`}`
      : `=> ${result.outcome}: ${coded(code, result.why)}`,
  );
  return lines.map((line, i) => `${i === 0 ? '' : INDENT}${line}\n`).join('');
}

function endText(explanation: Explanation): string {
  const { recommendation, decision, conditions, specReplicas, tolerance, recordSource } = explanation;
  const lines: string[] = [];
  if (recommendation?.outcome === 'replicas') {
    lines.push(`recommendation  ${rangeText(recommendation.range)}, ${recommendation.why}`);
  } else if (recommendation !== undefined) {
    lines.push(`recommendation  none: ${recommendation.why}`);
  }
  const { range, reasons } = decision;
  const stays = range.low === range.high && range.low === specReplicas;
  const why =
    reasons.length === 0 ? '' : `: ${reasons.map(({ code, text }) => coded(code, text)).join('; ')}`;
  lines.push(`decision        ${stays ? `stays at ${specReplicas}` : rangeText(range)}${why}`);
  lines.push(`tolerance       ${number(tolerance.up * 100)} % up, ${number(tolerance.down * 100)} % down`);
  for (const { type, status, reason } of conditions)
    lines.push(`HPA conditions  ${type}=${status} ${reason}`);
  if (recordSource !== undefined) lines.push(`records         ${recordSource}`);
  return lines.map((line) => `${line}\n`).join('');
}

/** `4 replicas`, `3 to 5 replicas`, `at least 4 replicas` */
export function rangeText({ low, high }: Range): string {
  if (low === high) return replicasText(low);
  return Number.isFinite(high) ? `${low} to ${high} replicas` : `at least ${replicasText(low)}`;
}
