import { formatLabelSelector } from '@activescale/protocol/kubernetes';
import { Gauge, type Registry } from 'prom-client';
import type { Answer } from '../metrics/observer.ts';
import { shorten } from './shorten.ts';

/** Answers that are kept in all and of one namespace: clients must not be able to fill Prometheus' memory. */
const MAX_ANSWERS = 500;
const MAX_PER_NAMESPACE = 100;
/** The answer about an object is dropped if it was not queried for this time, in ms. */
const KEPT_MS = 600_000;

const LABELS = ['group', 'namespace', 'resource', 'name', 'selector', 'metric', 'window'] as const;
type Labels = Partial<Record<(typeof LABELS)[number], string>>;

interface Kept {
  readonly labels: Labels;
  readonly answer: Answer;
}

/**
 * The last answer about each object, for the question why an HPA scaled as it did. It is called for each query, so it
 * only keeps the answer; gauges are made of it when the metrics are read.
 * @param now ms since the epoch
 */
export function createLastAnswers(registry: Registry, now: () => number) {
  const kept = new Map<string, Map<string, Kept>>(); // by namespace; in each the longest not asked about first
  let count = 0;
  const dropOldest = (namespace: string): void => {
    const own = kept.get(namespace);
    const [oldest] = own?.keys() ?? [];
    if (own === undefined || oldest === undefined) return;
    own.delete(oldest);
    count--;
    if (own.size === 0) kept.delete(namespace);
  };
  const current = (): Kept[] => {
    for (const [namespace, own] of kept) {
      for (const { answer } of [...own.values()]) {
        if (now() - answer.now <= KEPT_MS) break;
        dropOldest(namespace);
      }
    }
    return [...kept.values()].flatMap((own) => [...own.values()]);
  };
  const gauge = (name: string, help: string, read: (answer: Answer) => number | undefined) =>
    new Gauge({
      name: `activescale_api_answer_${name}`,
      help,
      labelNames: LABELS,
      registers: [registry],
      collect() {
        this.reset();
        for (const { labels, answer } of current()) {
          const value = read(answer);
          if (value !== undefined) this.set(labels, value);
        }
      },
    });
  gauge(
    'value',
    'Last value that was returned for an object or a selection of pods; the mean for a list of pods.',
    ({ value }) => value,
  );
  gauge(
    'coverage_ratio',
    'Share of the existing pods (sources, for demand) that had a value in the last answer.',
    ({ pods, counted }) => (pods === 0 ? undefined : counted / pods),
  );
  gauge(
    'age_seconds',
    'Age of the oldest sample in the last answer, at the time of the answer.',
    ({ value, timestamp, now }) => (value === undefined ? undefined : (now - timestamp) / 1000),
  );
  new Gauge({
    name: 'activescale_api_answer_pods',
    help: 'Pods (sources, for demand) of the last answer by state: counted, or the reason why they had no value.',
    labelNames: [...LABELS, 'state'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { labels, answer } of current()) {
        this.set({ ...labels, state: 'counted' }, answer.counted);
        for (const [state, pods] of answer.omitted) this.set({ ...labels, state }, pods);
      }
    },
  });
  gauge('timestamp_seconds', 'Time of the last answer, in seconds since the epoch.', ({ now }) => now / 1000);

  return (group: string) =>
    (answer: Answer): void => {
      const { resource, metric } = answer;
      const [namespace, name] = [shorten(answer.namespace), shorten(answer.name)];
      const selector = shorten(formatLabelSelector(answer.selector));
      const window = metric.window === undefined ? '' : `${metric.window / 1000}s`;
      const key = [group, namespace, resource, name, selector, metric.name, window].join('\n');
      const own = kept.get(namespace) ?? new Map<string, Kept>();
      kept.set(namespace, own);
      const before = own.get(key);
      if (!own.delete(key)) count++; // so that it comes last
      const labels = before?.labels ?? {
        group,
        namespace,
        resource,
        name,
        selector,
        metric: metric.name,
        window,
      };
      own.set(key, { labels, answer });
      // Queries about one namespace evict no answers about another.
      if (own.size > MAX_PER_NAMESPACE) dropOldest(namespace);
      else if (count > MAX_ANSWERS) dropOldest(largestOf(kept));
    };
}

function largestOf(kept: ReadonlyMap<string, ReadonlyMap<string, Kept>>): string {
  let [largest, size] = ['', 0];
  for (const [namespace, own] of kept) if (own.size > size) [largest, size] = [namespace, own.size];
  return largest;
}
