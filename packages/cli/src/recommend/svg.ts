import type { Line, Rule } from '../chart/chart.ts';
import { chartSvg } from '../chart/chart-svg.ts';
import type { Bin } from './curve/bins.ts';
import { type Objective, valueIn } from './curve/objective.ts';
import { refusalText } from './refusal.ts';
import { inFlightText, type Report } from './report.ts';
import { shownQuantiles } from './text.ts';

/** The curve as an image: durations and throughput over requests in flight. */
export function recommendationSvg(report: Report): string {
  const { workload, namespace, averageValue, objectives, verdict } = report;
  const used = report.bins.filter(({ isEnough }) => isEnough);
  const line = (name: string, value: (bin: Bin) => number | undefined): Line => ({
    name,
    shape: 'line',
    points: used.map((bin) => ({ x: bin.inFlight, y: value(bin) })),
  });
  const quantiles = shownQuantiles(objectives.map(({ objective }) => objective));
  const ms = (value: number | undefined) => (value === undefined ? undefined : value * 1000);
  const across: Rule[] = [
    ...(verdict.kind === 'found' ? [{ axis: 'x', at: verdict.inFlight, label: 'limit' } as const] : []),
    ...(averageValue === undefined ? [] : [{ axis: 'x', at: averageValue, label: 'target' } as const]),
  ];
  const limits = objectives.flatMap(({ objective, limit }): Rule[] =>
    limit === undefined || objective.measure === 'errors'
      ? []
      : [{ axis: 'y', at: limit * 1000, label: `${objective.measure} limit` }],
  );
  const x = 'requests in flight per pod';
  return chartSvg({
    title: `${workload} in ${namespace}: duration over requests in flight`,
    description: descriptionOf(report),
    panels: [
      {
        title: 'duration',
        x,
        y: 'ms',
        lines: [
          line('mean', (bin) => ms(bin.mean)),
          ...quantiles.map((each: Objective) => line(each.measure, (bin) => ms(valueIn(each, bin)))),
        ],
        rules: [...limits, ...across],
      },
      {
        title: 'throughput of a pod',
        x,
        y: 'requests per second',
        lines: [line('throughput', ({ perSecond }) => perSecond)],
        rules: across,
      },
    ],
  });
}

function descriptionOf(report: Report): string {
  const { verdict, averageValue } = report;
  if (verdict.kind === 'refused') return `No target: ${refusalText(report)}`;
  return `The objectives are kept up to ${inFlightText(verdict.inFlight)} requests in flight per pod. Target: ${averageValue}.`;
}
