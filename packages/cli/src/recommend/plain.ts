import { type Objective, valueIn } from './curve/objective.ts';
import { refusalText } from './refusal.ts';
import { type Report, warningsOf } from './report.ts';
import { shownQuantiles } from './text.ts';

/** A report as JSON: durations in s, `inFlight` per pod. */
export function plain(report: Report) {
  const { workload, namespace, headroom, pods, seconds, unusedSeconds, unloaded, workers, objectives } =
    report;
  const { verdict, basis, averageValue, isSingleWorker, mixed, explained, unknown } = report;
  const quantiles = shownQuantiles(objectives.map(({ objective }) => objective));
  return {
    workload,
    namespace,
    pods,
    seconds,
    unusedSeconds,
    headroom,
    unloaded: unloaded && { inFlight: unloaded.bin.inFlight, mean: unloaded.bin.mean },
    workers: workers && { ...workers, isSingle: isSingleWorker },
    objectives: objectives.map(({ objective, limit, crossing }) => ({
      ...objective,
      value: limit,
      crossing,
    })),
    bins: report.bins.map((bin) => ({
      inFlight: bin.inFlight,
      seconds: bin.seconds,
      requests: bin.requests,
      perSecond: bin.perSecond,
      mean: bin.mean,
      ...quantilesIn(quantiles, bin),
      errorRatio: bin.errorRatio,
      isEnough: bin.isEnough,
    })),
    inFlight: verdict.kind === 'found' ? verdict.inFlight : undefined,
    averageValue,
    refusal:
      verdict.kind === 'refused' ? { reason: verdict.reason, message: refusalText(report) } : undefined,
    lowerBound: verdict.kind === 'refused' ? basis : undefined,
    mixed,
    explained,
    unknown: Object.fromEntries(unknown),
    warnings: warningsOf(report),
  };
}

function quantilesIn(quantiles: readonly Objective[], bin: Report['bins'][number]) {
  return Object.fromEntries(quantiles.map((quantile) => [quantile.measure, valueIn(quantile, bin)]));
}
