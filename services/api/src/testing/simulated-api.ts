import type { MetricAnswer, Question } from '@activescale/devkit';
import { builtInCatalogue, isDemand } from '@activescale/metrics';
import { createProvider } from '../metrics/provider.ts';
import { podsAfter } from './simulated-pods.ts';

// The path of a query through api, from records and the pods of a cluster to the values of every metric of pods, in simulated
// time. Tests fork it and send lists of queries.

const NAMESPACE = 'shop';
const ignore = () => {};

async function answer({ now, rules, podEvents, records }: Question): Promise<Map<string, MetricAnswer>> {
  const read = (key: 'head' | 'slots') => async (_: string, names: readonly string[]) =>
    names.map((name) => {
      const record = records.get(name);
      return record === undefined ? null : Buffer.from(record[key]);
    });
  const provider = createProvider({
    pods: podsAfter(podEvents),
    knowsPods: true,
    records: {
      heads: read('head'),
      slots: read('slots'),
      keptSince: async () => 0,
      clock: { now: () => now },
    },
    rules,
    observer: { onOmitted: ignore, observeAge: ignore, observeCoverage: ignore, onAnswer: ignore },
  });
  const workload = {
    namespace: NAMESPACE,
    resource: 'deployments.apps',
    name: 'web',
    labels: [],
    whose: 'all',
    hasNoPods: () => false,
  } as const;
  const answers = new Map<string, MetricAnswer>();
  for (const metric of builtInCatalogue.values()) {
    if (isDemand(metric)) continue;
    answers.set(metric.name, {
      pods: await provider.getMetricBySelector(NAMESPACE, [], metric),
      workload: await provider.getMetricOfAll(workload, metric),
    });
  }
  return answers;
}

process.on('message', async (questions: readonly Question[]) => {
  process.send?.(await Promise.all(questions.map(answer)));
});
