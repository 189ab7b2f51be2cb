import { readFile, writeFile } from 'node:fs/promises';
import { type CliEnv, cliJson } from '../cli/run-cli.ts';
import type { ReplicasFrom } from './scaled-loads.ts';

/** The JSON of `activescale what-if`, as far as it is used. */
export interface Comparison {
  readonly from: string;
  readonly seconds: number;
  readonly secondsUnknown: number;
  readonly withinOne: number;
  readonly settings: readonly ReplayedSetting[];
}

interface ReplayedSetting {
  readonly name: string;
  readonly replicas: { readonly min: number; readonly max: number };
  readonly history: readonly { readonly second: number; readonly replicas: number }[];
}

const STEP_MS = 250;

/** The replicas of a setting in a comparison, in absolute time. */
export function replayedReplicas({ from, settings }: Comparison, name: string): ReplicasFrom[] {
  const start = Date.parse(from);
  const setting = settings.find((each) => each.name === name);
  if (setting === undefined) throw new Error(`no setting ${name}: ${settings.map((each) => each.name)}`);
  return setting.history.map(({ second, replicas }) => ({ at: start + second * 1_000, replicas }));
}

/** The share of the time of a comparison in which real replicas differ by at most `distance` from replayed ones. */
export function shareWithin(
  distance: number,
  real: readonly ReplicasFrom[],
  replayed: readonly ReplicasFrom[],
  comparison: Comparison,
): number {
  return shareOf(comparison, (at) => Math.abs(at.replicasIn(real) - at.replicasIn(replayed)) <= distance);
}

/**
 * The share of the time in which real replicas are among what some replay has at most `shift` ms before or after: replays that
 * differ only in the phase of the sync periods.
 */
export function shareInEnvelope(
  shift: number,
  real: readonly ReplicasFrom[],
  replays: readonly (readonly ReplicasFrom[])[],
  comparison: Comparison,
): number {
  return shareOf(comparison, (now) => {
    const near = replays.flatMap((replay) => [
      now.replicasIn(replay),
      ...replay.filter(({ at }) => Math.abs(at - now.at) <= shift).map(({ replicas }) => replicas),
      replicasAt(replay, now.at - shift),
    ]);
    const replicas = now.replicasIn(real);
    return replicas >= Math.min(...near) && replicas <= Math.max(...near);
  });
}

interface Now {
  readonly at: number;
  replicasIn(series: readonly ReplicasFrom[]): number;
}

function shareOf({ from, seconds }: Comparison, holds: (now: Now) => boolean): number {
  const start = Date.parse(from);
  let [count, good] = [0, 0];
  for (let at = start; at < start + seconds * 1_000; at += STEP_MS) {
    count++;
    if (holds({ at, replicasIn: (series) => replicasAt(series, at) })) good++;
  }
  return good / count;
}

function replicasAt(series: readonly ReplicasFrom[], now: number): number {
  const before = series.findLast(({ at }) => at <= now) ?? series[0];
  return before?.replicas ?? Number.NaN;
}

/** Replays a saved load without its first seconds, so that the sync periods begin later. */
export async function replayFrom(
  file: string,
  second: number,
  args: readonly string[],
  env: CliEnv,
): Promise<Comparison> {
  const saved = JSON.parse(await readFile(file, 'utf8')) as { samples: unknown[] };
  const later = `${file}.${second}`;
  await writeFile(later, JSON.stringify({ ...saved, samples: saved.samples.slice(second) }));
  return cliJson<Comparison>(['what-if', '--from', later, ...args], env);
}
