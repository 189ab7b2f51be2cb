import type { KubeClient } from '@activescale/kube';
import { readAutoscaler } from '../cluster/autoscaler.ts';
import type { Question } from '../cluster/question.ts';
import type { Context } from '../command.ts';
import { describedResource } from '../explain/api-values.ts';
import { readRecordSettings } from '../records/settings.ts';
import { UsageError } from '../usage-error.ts';
import type { Source } from './options.ts';
import { COLLECT_STEP, collect } from './series/collect.ts';
import { defaultExpression, readHistory } from './series/history.ts';
import type { LoadSample, LoadSeries, ReplayedHpa } from './series/load-series.ts';
import { replayable } from './series/replayed-hpa.ts';

/** An HPA in the cluster. */
export interface Place {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
}

/**
 * The load of an HPA, collected now or from Prometheus.
 * @param check is called before the load is read, and may throw
 */
export async function observedLoad(
  source: Exclude<Source, { kind: 'file' }>,
  { client, namespace, name }: Place,
  { env, out, interrupted }: Context,
  check: (hpa: ReplayedHpa) => void,
): Promise<LoadSeries> {
  const autoscaler = await readAutoscaler(client, namespace, name);
  const { hpa, questions } = replayable(autoscaler, readRecordSettings(env).catalogue);
  check(hpa);
  if (source.kind === 'prometheus') {
    const { server, span, expressions: given } = source;
    const expressions = given.length > 0 ? given : await defaultExpressions(client, hpa, questions);
    if (expressions.length !== questions.length)
      throw new UsageError(
        `--query: ${expressions.length} expressions for the ${questions.length} metrics of the HPA`,
      );
    // Ctrl-C ends the process as usual: there is nothing to evaluate yet.
    const { signal } = new AbortController();
    return readHistory({ server, hpa, expressions, to: Date.now(), span, signal });
  }
  const { duration } = source;
  const signal = interrupted();
  try {
    const samples = await collect({
      client,
      namespace,
      target: autoscaler.spec.scaleTargetRef,
      questions,
      duration,
      signal,
      // A clock that was set would disturb the series.
      now: () => performance.timeOrigin + performance.now(),
      onSample: (samples) => out.progress(progressText(samples, duration)),
    });
    return { hpa, step: COLLECT_STEP, samples };
  } finally {
    out.progress(undefined);
  }
}

function progressText(samples: readonly LoadSample[], duration: number): string {
  const [first, last] = [samples[0]?.at ?? 0, samples.at(-1)?.at ?? 0];
  const seconds = Math.round((last - first + COLLECT_STEP) / 1000);
  const unknown = samples.filter(({ loads }) => loads.includes(undefined)).length;
  const missing = unknown === 0 ? '' : `, ${unknown} samples without a value`;
  return `${seconds} of ${duration / 1000} s${missing} (Ctrl-C evaluates what there is)`;
}

async function defaultExpressions(
  client: KubeClient,
  hpa: ReplayedHpa,
  questions: readonly Question[],
): Promise<string[]> {
  const expressions: string[] = [];
  for (const [index, question] of questions.entries()) {
    const { describedObject } = question;
    const resource = describedObject && (await describedResource(client, describedObject));
    const expression = defaultExpression(hpa, question, resource);
    if (expression === undefined)
      throw new UsageError(
        `--query is missing: the total of ${hpa.metrics[index]?.text} is not among api's own metrics`,
      );
    expressions.push(expression);
  }
  return expressions;
}
