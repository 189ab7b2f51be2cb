import { KubernetesError, parseQuantity } from '@activescale/protocol/kubernetes';
import { parseDuration } from '@activescale/runtime';
import { UsageError } from '../../usage-error.ts';
import { MAX_REPLICAS } from '../series/load-series.ts';
import { type NamedBehavior, namedBehavior } from './named-behavior.ts';

/** The options with alternatives, each with one value or several: repeated, or separated by commas. */
export const SETTING_OPTIONS = {
  target: { type: 'string', multiple: true },
  behavior: { type: 'string', multiple: true },
  window: { type: 'string', multiple: true },
  tolerance: { type: 'string', multiple: true },
  min: { type: 'string', multiple: true },
  max: { type: 'string', multiple: true },
  'sync-period': { type: 'string', multiple: true },
  'pod-start': { type: 'string', multiple: true },
} as const;

/** Values in the units of Setting; an empty list: as they are. */
export interface AskedSettings {
  readonly targets: readonly number[];
  readonly behaviors: readonly NamedBehavior[];
  readonly windows: readonly number[];
  readonly tolerances: readonly number[];
  readonly mins: readonly number[];
  readonly maxes: readonly number[];
  readonly syncPeriods: readonly number[];
  readonly podStarts: readonly number[];
}

type Values = { readonly [Option in keyof typeof SETTING_OPTIONS]?: readonly string[] | undefined };

const HOUR = 3_600_000;

/** Rejects with a UsageError that names the option. */
export async function askedSettings(values: Values): Promise<AskedSettings> {
  const list = <T>(option: keyof Values, read: (text: string, option: string) => T): T[] =>
    (values[option] ?? []).flatMap((text) => text.split(',')).map((text) => read(text, `--${option}`));
  return {
    targets: list('target', readTarget),
    windows: list('window', (text, option) => readTime(text, option, 1_000)),
    tolerances: list('tolerance', readTolerance),
    mins: list('min', (text, option) => readReplicas(text, option, 0)),
    maxes: list('max', (text, option) => readReplicas(text, option, 1)),
    syncPeriods: list('sync-period', (text, option) => readTime(text, option, 1_000)),
    podStarts: list('pod-start', (text, option) => readTime(text, option, 0)),
    behaviors: await Promise.all(list('behavior', namedBehavior)),
  };
}

/** In milli-units. @throws UsageError */
export function readTarget(text: string, option: string): number {
  try {
    const milli = Number(parseQuantity(text));
    if (milli > 0) return milli;
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error;
  }
  throw new UsageError(`${option} ${JSON.stringify(text)}: expected a quantity above 0, such as 10 or 250m`);
}

/** In ms, up to an hour. @throws UsageError */
function readTime(text: string, option: string, least: number): number {
  const time = parseDuration(text);
  if (time !== undefined && time >= least && time <= HOUR) return time;
  throw new UsageError(
    `${option} ${JSON.stringify(text)}: expected a duration from ${least / 1000}s to 1h, such as 30s`,
  );
}

function readTolerance(text: string, option: string): number {
  const tolerance = Number(text);
  if (text.trim() !== '' && tolerance >= 0 && tolerance < 1) return tolerance;
  throw new UsageError(`${option} ${JSON.stringify(text)}: expected a ratio from 0 to below 1`);
}

function readReplicas(text: string, option: string, least: number): number {
  const replicas = Number(text);
  if (/^\d+$/.test(text) && replicas >= least && replicas <= MAX_REPLICAS) return replicas;
  throw new UsageError(
    `${option} ${JSON.stringify(text)}: expected a whole number from ${least} to ${MAX_REPLICAS}`,
  );
}
