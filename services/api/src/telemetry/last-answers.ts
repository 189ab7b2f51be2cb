import { formatLabelSelector } from '@activescale/protocol/kubernetes';
import { Gauge, type Registry } from 'prom-client';
import type { Answer } from '../metrics/observer.ts';
import { shorten } from './shorten.ts';

/** So many objects at most, or whoever may ask could fill the memory of Prometheus. */
const MOST = 500;
/** An object that nobody has asked about for so long is no longer told, in ms. */
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
  const kept = new Map<string, Kept>(); // the longest not asked about first
  const current = (): Iterable<Kept> => {
    for (const [key, { answer }] of kept) {
      if (now() - answer.now <= KEPT_MS) break;
      kept.delete(key);
    }
    return kept.values();
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
    'Last value that an object, or a selection of pods, was answered with; of pods one by one their mean.',
    ({ value }) => value,
  );
  gauge(
    'coverage_ratio',
    'Share of the existing pods that had a value in the last answer.',
    ({ pods, counted }) => (pods === 0 ? undefined : counted / pods),
  );
  gauge(
    'age_seconds',
    'Age that the oldest sample in the last answer had when it was given.',
    ({ value, timestamp, now }) => (value === undefined ? undefined : (now - timestamp) / 1000),
  );
  gauge('timestamp_seconds', 'Time of the last answer, since the epoch.', ({ now }) => now / 1000);

  return (group: string) =>
    (answer: Answer): void => {
      const { resource, metric } = answer;
      const [namespace, name] = [shorten(answer.namespace), shorten(answer.name)];
      const selector = shorten(formatLabelSelector(answer.selector));
      const window = metric.window === undefined ? '' : `${metric.window / 1000}s`;
      const key = [group, namespace, resource, name, selector, metric.name, window].join('\n');
      const before = kept.get(key);
      kept.delete(key); // so that it comes last
      const labels = before?.labels ?? {
        group,
        namespace,
        resource,
        name,
        selector,
        metric: metric.name,
        window,
      };
      kept.set(key, { labels, answer });
      if (kept.size <= MOST) return;
      const [oldest = ''] = kept.keys();
      kept.delete(oldest);
    };
}
