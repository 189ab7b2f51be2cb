import {
  aggregate,
  isComplete,
  kindOfSum,
  type Metric,
  type Omission,
  podValues,
  type Sample,
  statsOf,
} from '@activescale/metrics';
import { formatQuantity, parseQuantity } from '@activescale/protocol/kubernetes';
import { HOLD_MS, RecordError } from '@activescale/protocol/record';
import { OMISSION_CODES } from '../findings/reasons.ts';
import { number } from '../format.ts';
import { missingText } from '../records/missing-stats.ts';
import { LOST_RECORDS } from '../records/reasons.ts';
import { missingStats, type Records, type Rules, samplesOf } from '../records/states.ts';
import { arithmetic } from './arithmetic.ts';
import type { Part, RecordAnswer } from './values.ts';

const ignore = (): void => {};

/** The values that api returns for pods. */
export function podAnswer(records: Records, rules: Rules, metric: Metric): RecordAnswer {
  const samples = samplesOf(records, rules, 0, statsOf(metric));
  const parts = [...samples.map((sample) => partOf(sample, metric)), ...lackingParts(records, rules, metric)];
  const known = parts.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const]));
  return {
    of: 'pods',
    values: known.length === 0 ? undefined : { of: 'pods', values: new Map(known.map(toMilli)) },
    parts,
    total: undefined,
    code: undefined,
  };
}

/**
 * The value that api returns for an object or an external metric. Without any pod a load is 0.
 * @param keptSince of the server of the records, ms by Valkey's clock; undefined: not known
 */
export function wholeAnswer(
  records: Records,
  rules: Rules,
  metric: Metric,
  noneIsZero: boolean,
  keptSince: number | undefined,
): RecordAnswer {
  const sums = kindOfSum(metric) === 'sum';
  if (records.pods.length === 0) {
    const values = sums && noneIsZero ? ({ of: 'all', value: 0 } as const) : undefined;
    return { of: 'pods', values, parts: [], total: 'no pods', code: values ? undefined : 'ASC905' };
  }
  const samples = samplesOf(records, rules, sums ? HOLD_MS : 0, statsOf(metric));
  const { value, pods } = aggregate(samples, metric, ignore);
  const how = sums ? 'sum' : 'of all requests together';
  const coverage = `${how}, ${pods} of ${records.pods.length} pods included`;
  const parts = [...samples.map((sample) => partOf(sample, metric)), ...lackingParts(records, rules, metric)];
  const isMissing = sums && records.values.includes(null);
  if (value !== undefined && isMissing && !isComplete(keptSince, records.now, rules.metricTtl)) {
    const total = `${coverage}: no value: ${LOST_RECORDS}`;
    return { of: 'pods', values: undefined, parts, total, code: 'ASC306' };
  }
  return {
    of: 'pods',
    values: value && { of: 'all', value: milli(value.value) },
    parts,
    total: value === undefined ? `${coverage}: no value` : `${coverage}: ${number(value.value)}`,
    code: undefined,
  };
}

/** The live pods that lack a stat of this metric. */
function lackingParts(records: Records, rules: Rules, metric: Metric): Part[] {
  return [...missingStats(records, rules, statsOf(metric))].map(([name, missing]) => {
    return { name, value: undefined, arithmetic: missingText(missing), code: 'ASC322' };
  });
}

function partOf(sample: Sample, metric: Metric): Part {
  let why: Omission | undefined;
  const [found] = podValues([sample], metric, (reason) => {
    why = reason;
  });
  const { name } = sample;
  try {
    const code = why && OMISSION_CODES[why];
    return { name, value: found?.value, arithmetic: arithmetic(sample, metric), code };
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    return { name, value: undefined, arithmetic: error.message, code: 'ASC317' };
  }
}

function toMilli([name, value]: readonly [string, number]): readonly [string, number] {
  return [name, milli(value)];
}

/** As in the API, and as the HPA reads it. */
export function milli(value: number): number {
  return Number(parseQuantity(formatQuantity(value)));
}
