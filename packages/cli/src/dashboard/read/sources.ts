import type { Coverage, SourceRow } from '@activescale/dashboard';
import { type Catalogue, isDemand, MetricSelectorError } from '@activescale/metrics';
import { metricOf, type Question } from '../../cluster/question.ts';
import { type AskedDestination, askedDestination } from '../../demand/asked-destination.ts';
import { type ReadReport, readReports } from '../../demand/read.ts';
import { type Share, shareOf } from '../../demand/shares.ts';
import { demandValues } from '../../demand/values.ts';
import type { RecordReader } from '../../records/reader.ts';

/** A report of a source on the demand for a workload, and its state. */
export interface SourceReport extends Share {
  readonly report: ReadReport;
}

/** The destination that a metric of demand is of; undefined: it is another metric, or names none. */
export function destinationOf(question: Question, catalogue: Catalogue): AskedDestination | undefined {
  const metric = metricOf(question, catalogue);
  if (metric === undefined || !isDemand(metric)) return undefined;
  try {
    return askedDestination(question, metric);
  } catch (error) {
    if (error instanceof MetricSelectorError) return undefined;
    throw error;
  }
}

/** The reports on the destinations of these metrics, each destination once. Rejects with a StoreError. */
export async function readSources(
  store: RecordReader,
  namespace: string,
  questions: readonly Question[],
  { catalogue, metricTtl }: { readonly catalogue: Catalogue; readonly metricTtl: number },
): Promise<SourceReport[]> {
  const asked = questions.flatMap((question) => destinationOf(question, catalogue) ?? []);
  const destinations = new Map(asked.map((each) => [`${each.kind}/${each.name}`, each]));
  const reports = await Promise.all(
    [...destinations.values()].map(({ kind, name }) => readReports(store, namespace, kind, name)),
  );
  const now = store.clock.now() ?? 0;
  const all = reports.flat().map((report) => ({ report, ...shareOf(report, now, metricTtl) }));
  return all.filter(({ report, held, omitted }) => report.value !== null && (held || omitted !== 'expired'));
}

/** @param now ms since the epoch by Valkey's clock */
export function sourceRow({ report, ...share }: SourceReport, now: number, metricTtl: number): SourceRow {
  const { source, port } = report;
  const { active, pending, perSecond, rejectedPerSecond, p95 } = demandValues([report], undefined, now, {
    metricTtl,
  });
  return {
    name: `${source.namespace}/${source.name}${port === '' ? '' : `, port ${port}`}`,
    state: share.state,
    held: share.held,
    why: share.why,
    age: share.age,
    active,
    pending,
    perSecond,
    rejectedPerSecond,
    p95,
  };
}

export function sourceCoverage(sources: readonly SourceReport[]): Coverage {
  const known = sources.filter(({ omitted, held }) => omitted === undefined || held);
  return { of: 'sources', known: known.length, all: sources.length };
}
