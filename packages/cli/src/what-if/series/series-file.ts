import { writeFile } from 'node:fs/promises';
import { reasonOf } from '../../cluster/ask.ts';
import { readBounded } from '../../files/bounded-file.ts';
import { ReplayError } from '../replay-error.ts';
import { readBehavior } from '../settings/behavior.ts';
import {
  type LoadSample,
  type LoadSeries,
  MAX_METRICS,
  MAX_REPLICAS,
  MAX_SAMPLES,
  type ReplayedHpa,
  type ReplayedMetric,
} from './load-series.ts';

/** A sample takes about 50 bytes, so this is more than MAX_SAMPLES of them. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;
const FORMAT = 'activescale.what-if/v1';
/** What a double counts exactly in milli-units. */
const MAX_LOAD = Number.MAX_SAFE_INTEGER / 1000;
const MAX_STEP = 86_400_000;
const MAX_TEXT = 1_000;

/** Writes a series as JSON, one sample a line. */
export async function saveSeries(path: string, { hpa, step, samples }: LoadSeries): Promise<void> {
  const head = JSON.stringify({ format: FORMAT, hpa, step }).slice(0, -1);
  const lines = samples.map(({ at, loads, replicas, ready }) =>
    JSON.stringify([at, replicas ?? null, ready ?? null, ...loads.map((load) => load ?? null)]),
  );
  await writeFile(path, `${head},"samples":[\n${lines.join(',\n')}\n]}\n`);
}

/** Rejects with a ReplayError that names the file and the field. */
export async function readSeries(path: string): Promise<LoadSeries> {
  try {
    return parseSeries(await readBounded(path, MAX_FILE_BYTES));
  } catch (error) {
    throw new ReplayError(`${path}: ${reasonOf(error)}`, { cause: error });
  }
}

/** @throws Error that names the field */
export function parseSeries(text: string): LoadSeries {
  const { format, hpa, step, samples } = fields('the file', JSON.parse(text));
  if (format !== FORMAT)
    throw new Error(`format: expected ${JSON.stringify(FORMAT)}, found ${shown(format)}`);
  const replayed = readHpa(hpa);
  if (!Array.isArray(samples) || samples.length === 0 || samples.length > MAX_SAMPLES)
    throw new Error(`samples: expected a list of 1 to ${MAX_SAMPLES}`);
  let before = Number.NEGATIVE_INFINITY;
  return {
    hpa: replayed,
    step: number('step', step, 1, MAX_STEP),
    samples: samples.map((entry: unknown, index) => {
      const sample = readSample(`samples[${index}]`, entry, replayed.metrics.length);
      if (sample.at <= before) throw new Error(`samples[${index}]: not after the sample before it`);
      before = sample.at;
      return sample;
    }),
  };
}

function readHpa(value: unknown): ReplayedHpa {
  const { namespace, name, target, min, max, behavior, metrics } = fields('hpa', value);
  const { kind, name: workload } = fields('hpa.target', target);
  if (!Array.isArray(metrics) || metrics.length === 0 || metrics.length > MAX_METRICS)
    throw new Error(`hpa.metrics: expected a list of 1 to ${MAX_METRICS}`);
  const least = number('hpa.min', min, 0, MAX_REPLICAS);
  return {
    namespace: string('hpa.namespace', namespace),
    name: string('hpa.name', name),
    target: { kind: string('hpa.target.kind', kind), name: string('hpa.target.name', workload) },
    min: least,
    max: number('hpa.max', max, Math.max(1, least), MAX_REPLICAS),
    behavior: behavior === undefined ? undefined : readBehavior(behavior),
    metrics: metrics.map((each: unknown, index) => readMetric(`hpa.metrics[${index}]`, each)),
  };
}

function readMetric(path: string, value: unknown): ReplayedMetric {
  const { type, name, text, target, momentary } = fields(path, value);
  if (type !== 'Pods' && type !== 'Object' && type !== 'External')
    throw new Error(`${path}.type: expected Pods, Object or External, found ${shown(type)}`);
  if (typeof momentary !== 'boolean') throw new Error(`${path}.momentary: expected true or false`);
  return {
    type,
    name: string(`${path}.name`, name),
    text: string(`${path}.text`, text),
    target: number(`${path}.target`, target, 1, Number.MAX_SAFE_INTEGER),
    momentary,
  };
}

/** `[at, replicas, ready, load of each metric]`; null: unknown. */
function readSample(path: string, value: unknown, metrics: number): LoadSample {
  if (!Array.isArray(value) || value.length !== metrics + 3)
    throw new Error(`${path}: expected [at, replicas, ready, load of each metric]`);
  const [at, replicas, ready, ...loads] = value as unknown[];
  const known = (what: string, each: unknown, most: number) =>
    each === null ? undefined : number(`${path}: ${what}`, each, 0, most);
  return {
    at: number(`${path}: at`, at, 0, Number.MAX_SAFE_INTEGER),
    replicas: known('replicas', replicas, MAX_REPLICAS),
    ready: known('ready', ready, MAX_REPLICAS),
    loads: loads.map((load) => known('load', load, MAX_LOAD)),
  };
}

function fields(path: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new Error(`${path}: expected an object, found ${shown(value)}`);
}

function string(path: string, value: unknown): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= MAX_TEXT) return value;
  throw new Error(`${path}: expected a text of 1 to ${MAX_TEXT} characters`);
}

function number(path: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw new Error(`${path}: expected a number from ${least} to ${most}, found ${shown(value)}`);
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 80);
}
