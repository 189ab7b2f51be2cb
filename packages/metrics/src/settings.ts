import { readFileSync } from 'node:fs';
import type { SettingsReader } from '@activescale/runtime';
import { type ParsedCatalogue, parseCatalogue } from './catalogue-file.ts';
import type { IdleAsZero } from './samples.ts';

/** A catalogue file after reading. */
export interface CatalogueFile extends ParsedCatalogue {
  readonly path: string;
  readonly text: string;
}

/** @throws the error of the file system */
export function readCatalogueFile(path: string): CatalogueFile {
  const text = readFileSync(path, 'utf8');
  return { path, text, ...parseCatalogue(text) };
}

/** undefined: the built-in catalogue. */
export function metricsFileSetting(read: SettingsReader): CatalogueFile | undefined {
  const path = read.optional('METRICS_FILE', {
    unset: 'built in',
    help: 'YAML file of the metrics that replace the built-in ones; reloaded when it changes.',
  });
  if (path === undefined) return undefined;
  try {
    const file = readCatalogueFile(path);
    for (const problem of file.problems) read.problem('METRICS_FILE', path, problem);
    return file;
  } catch (error) {
    read.problem('METRICS_FILE', path, `cannot read the file: ${String(error)}`);
    return undefined;
  }
}

export function idleAsZeroSetting(read: SettingsReader): IdleAsZero {
  return read.oneOf('IDLE_AS_ZERO', {
    default: 'peers',
    values: ['peers', 'always', 'never'],
    help: 'Whether a pod that pushes without the gauge counts as 0: peers (if another pod of its template has sent it), always, never.',
  });
}

/** The time for which a record has rejected requests: two minutes, in ms. */
const MAX_HOLD_MS = 120_000;

/** How long a demand metric with the function `held` remains at 1 or more after a rejected request, in ms. */
export function demandHoldSetting(read: SettingsReader): number {
  return read.duration('DEMAND_HOLD', {
    default: '90s',
    max: MAX_HOLD_MS,
    help: 'How long demand_requests is at least 1 after a request was rejected, for lack of an endpoint or over a limit.',
  });
}

export function verifyPodIpSetting(read: SettingsReader): boolean {
  return read.boolean('VERIFY_POD_IP', {
    default: false,
    help: "Use only records that were pushed from the pod's IP; requires PEER_CHECK=address.",
  });
}
