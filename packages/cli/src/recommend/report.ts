import type { JudgedObjective } from './curve/estimate.ts';
import type { Objective } from './curve/objective.ts';
import type { Recommendation } from './curve/recommendation.ts';
import type { PodEvidence } from './evidence/evidence.ts';

/** A recommendation with its origin. */
export interface Report extends Recommendation {
  /** `Deployment web`. */
  readonly workload: string;
  readonly namespace: string;
  readonly headroom: number;
  /** Pods with evidence. */
  readonly pods: number;
  /** Of all pods together: time in bins, and time that cannot be used because the load changed too fast. */
  readonly seconds: number;
  readonly unusedSeconds: number;
  /** The pods without a usable record, and why. */
  readonly unknown: ReadonlyMap<string, string>;
}

type Origin = Pick<Report, 'workload' | 'namespace' | 'headroom' | 'unknown'>;

export function reportOf(
  pods: ReadonlyMap<string, PodEvidence>,
  recommendation: Recommendation,
  origin: Origin,
): Report {
  const observed = [...pods.values()].filter(({ cells }) => cells.size > 0);
  return {
    ...recommendation,
    ...origin,
    pods: observed.length,
    seconds: recommendation.bins.reduce((sum, { seconds }) => sum + seconds, 0),
    unusedSeconds: [...pods.values()].reduce((sum, { unused }) => sum + unused, 0) / 1000,
  };
}

/** A time in s: `51 ms`, `1.25 s`. */
export function secondsText(seconds: number): string {
  if (seconds >= 1) return `${seconds.toFixed(2)} s`;
  const ms = seconds * 1000;
  return `${ms.toFixed(ms >= 10 ? 0 : 1)} ms`;
}

/** Requests in flight: `0.83`, `12.4`. */
export function inFlightText(inFlight: number): string {
  return inFlight.toFixed(inFlight >= 2 ? 1 : 2);
}

export function percentText(ratio: number): string {
  return `${Math.round(ratio * 1000) / 10} %`;
}

/** `mean duration of at most 77 ms, 1.5 times the unloaded one`. */
export function objectiveText({ objective, limit }: JudgedObjective): string {
  const { measure, unit } = objective;
  const value =
    limit === undefined ? 'unknown' : measure === 'errors' ? percentText(limit) : secondsText(limit);
  const of = {
    value: '',
    'times unloaded': `, ${objective.limit} times the unloaded one`,
    'more than unloaded': `, ${percentText(objective.limit)} more than unloaded`,
  }[unit];
  return `${measureText(objective)} of at most ${value}${of}`;
}

export function measureText({ measure }: Objective): string {
  return measure === 'errors' ? 'error ratio' : measure === 'mean' ? 'mean duration' : `${measure} duration`;
}

/** Share of the requests in flight below which most of the load never ends. */
const MIN_EXPLAINED = 0.8;

/** What to know about the evidence. */
export function warningsOf(report: Report): string[] {
  const { explained, isSingleWorker, unknown } = report;
  const warnings: string[] = [];
  if (isSingleWorker)
    warnings.push(
      'the pods serve one request at a time: durations grow from one in flight on, so the target is computed from at most 1',
    );
  if (explained !== undefined && explained < MIN_EXPLAINED)
    warnings.push(
      `ended requests explain ${percentText(explained)} of those in flight: the others are WebSockets, streams, aborted or longer than the observation, and their durations are unknown`,
    );
  for (const [pod, why] of [...unknown].slice(0, MAX_NAMED)) warnings.push(`not observed: ${pod}: ${why}`);
  if (unknown.size > MAX_NAMED) warnings.push(`not observed: ${unknown.size - MAX_NAMED} more pods`);
  return warnings;
}

const MAX_NAMED = 5;
