import type { DemandAnswer, DemandQuestion } from '@activescale/devkit';
import { builtInCatalogue, isDemand } from '@activescale/metrics';
import type { MetricValue } from '@activescale/protocol/kubernetes';
import { createDemand } from '../metrics/demand.ts';
import { podsAfter } from './simulated-pods.ts';

// The path of a query for demand through api, from records and the pods of a cluster to the values of every metric of
// destinations, in simulated time. Tests fork it and send lists of queries.

const NAMESPACE = 'shop';
const ignore = () => {};

async function answer({
  now,
  rules,
  podEvents,
  snapshot,
  destinations,
}: DemandQuestion): Promise<DemandAnswer> {
  const { records, arrivals, keptSince } = snapshot;
  const byName = new Map(records.map((record) => [`${record.namespace}/${record.name}`, record]));
  const read = (key: 'head' | 'slots') => async (namespace: string, names: readonly string[]) =>
    names.map((name) => {
      const record = byName.get(`${namespace}/${name}`);
      return record === undefined ? null : Buffer.from(record[key]);
    });
  const demand = createDemand({
    pods: podsAfter(podEvents),
    knowsPods: true,
    records: {
      heads: read('head'),
      slots: read('slots'),
      destinations: async (namespace, since, beginning) =>
        arrivals
          .filter(
            (each) => each.namespace === namespace && each.at >= since && each.name.startsWith(beginning),
          )
          .map(({ name }) => name),
      keptSince: async () => keptSince,
      clock: { now: () => now },
    },
    rules,
    observer: { onOmitted: ignore, observeAge: ignore, observeCoverage: ignore, onAnswer: ignore },
  });
  const answers = new Map<string, readonly (MetricValue | undefined)[]>();
  for (const metric of builtInCatalogue.values()) {
    if (!isDemand(metric)) continue;
    const values = destinations.map(async ({ kind, name, port }) => {
      const asked = { name, ports: port === undefined ? undefined : [port] };
      const query = { namespace: NAMESPACE, kind, destinations: [asked], resource: '', selector: [] };
      return (await demand(query, metric))[0];
    });
    answers.set(metric.name, await Promise.all(values));
  }
  return answers;
}

process.on('message', async (questions: readonly DemandQuestion[]) => {
  process.send?.(await Promise.all(questions.map(answer)));
});
