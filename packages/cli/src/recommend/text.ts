import { duration, number } from '../format.ts';
import { table } from '../layout.ts';
import type { Bin } from './curve/bins.ts';
import { type Objective, valueIn } from './curve/objective.ts';
import { refusalText } from './refusal.ts';
import {
  inFlightText,
  measureText,
  objectiveText,
  percentText,
  type Report,
  secondsText,
  warningsOf,
} from './report.ts';

/** Columns of the longest bar. */
const BAR = 24;

/** A recommendation for people. @param width of the terminal */
export function recommendationText(report: Report, width: number): string {
  const { workload, namespace, pods, seconds, unusedSeconds } = report;
  const unused =
    unusedSeconds < 1
      ? ''
      : `; ${duration(unusedSeconds * 1000)} not used, because the load changed too fast`;
  const title = `${workload} in ${namespace}: ${pods} ${pods === 1 ? 'pod' : 'pods'}, ${duration(seconds * 1000)} of evidence${unused}\n`;
  const parts = [title, curveText(report, width), conclusions(report)];
  return parts.filter((part) => part !== '').join('\n');
}

function curveText({ bins, objectives }: Report, width: number): string {
  if (bins.length === 0) return '';
  const quantiles = shownQuantiles(objectives.map(({ objective }) => objective));
  const heading = [
    ...['IN FLIGHT', 'SECONDS', 'REQUESTS', 'PER S', 'MEAN'],
    ...quantiles.map(({ measure }) => measure.toUpperCase()),
    ...['ERRORS', 'CURVE'],
  ];
  const [drawn = MEAN] = objectives
    .map(({ objective }) => objective)
    .filter(({ measure }) => measure !== 'errors');
  const longest = Math.max(...bins.map((bin) => (bin.isEnough && valueIn(drawn, bin)) || 0));
  const rows = bins.map((bin) => [
    inFlightText(bin.inFlight),
    bin.seconds.toFixed(0),
    String(Math.round(bin.requests)),
    number(Math.round(bin.perSecond * 10) / 10),
    optional(bin.mean, secondsText),
    ...quantiles.map((quantile) => optional(valueIn(quantile, bin), secondsText)),
    optional(bin.errorRatio, percentText),
    bin.isEnough ? bar(bin, drawn, longest) : 'not used: too little evidence',
  ]);
  return `${table(heading, rows, width)}the curve is the ${measureText(drawn)}\n`;
}

const MEAN: Objective = { measure: 'mean', limit: 1.5, unit: 'times unloaded' };
const P95: Objective = { measure: 'p95', quantile: 0.95, limit: 1, unit: 'value' };

/** Those of the objectives; without any, the 95th percentile. */
export function shownQuantiles(objectives: readonly Objective[]): readonly Objective[] {
  const quantiles = objectives.filter(({ quantile }) => quantile !== undefined);
  return quantiles.length === 0 ? [P95] : quantiles;
}

function bar(bin: Bin, drawn: Objective, longest: number): string {
  const value = valueIn(drawn, bin) ?? 0;
  return longest === 0 ? '' : '█'.repeat(Math.max(1, Math.round((value / longest) * BAR)));
}

function optional(value: number | undefined, text: (value: number) => string): string {
  return value === undefined ? '-' : text(value);
}

function conclusions(report: Report): string {
  const { unloaded, workers, objectives, verdict, basis, averageValue, headroom } = report;
  const lines: (readonly [label: string, text: string])[] = [];
  if (unloaded?.bin.mean !== undefined)
    lines.push([
      'unloaded',
      `${secondsText(unloaded.bin.mean)} mean duration, around ${inFlightText(unloaded.bin.inFlight)} in flight`,
    ]);
  for (const judged of objectives)
    lines.push(['objective', `${objectiveText(judged)}: ${judgment(judged.crossing)}`]);
  if (workers !== undefined)
    lines.push([
      'workers',
      `about ${number(Math.round(workers.count * 10) / 10)} requests are served at once; throughput levels off at ${number(Math.round(workers.perSecond * 10) / 10)} requests/s per pod`,
    ]);
  if (verdict.kind === 'found' && basis !== undefined && averageValue !== undefined) {
    lines.push([
      'limit',
      `${inFlightText(verdict.inFlight)} in flight per pod, by the ${measureText(verdict.by)}`,
    ]);
    lines.push([
      'target',
      `averageValue: ${number(averageValue)} (${inFlightText(basis)} less ${percentText(headroom)} headroom)`,
    ]);
  } else lines.push(['refused', refusalText(report)]);
  for (const warning of warningsOf(report)) lines.push(['note', warning]);
  return lines.map(([label, text]) => `${label.padEnd(11)}${text}\n`).join('');
}

function judgment(crossing: Report['objectives'][number]['crossing']): string {
  switch (crossing.kind) {
    case 'crossed':
      return `kept up to ${inFlightText(crossing.at)} in flight`;
    case 'kept':
      return `kept in every bin, up to ${inFlightText(crossing.upTo)} in flight`;
    case 'gap':
      return `kept up to ${inFlightText(crossing.below)} in flight and not at ${inFlightText(crossing.above)}, with nothing observed in between`;
    case 'broken':
      return `not kept at ${inFlightText(crossing.at)} in flight`;
    case 'unknown':
      return 'unknown';
  }
}
