import type { MetricAnswer } from '../../services/api/src/testing/simulated-api.ts';
import type { StoredRecord } from '../../services/ingest/src/testing/simulated-ingest.ts';
import { includes, type Range, span } from './range.ts';
import type { Scenario } from './scenario.ts';
import type { Services } from './services.ts';
import { type SimulatedWorkload, simulate } from './simulation.ts';
import { EPOCH } from './timeline.ts';
import type { Truth } from './truth.ts';

/** How many values were served of each metric, and how many were due. */
export type Tally = Map<string, number>;

const RULES = { metricTtl: 20_000, idleAsZero: 'peers' } as const;
/** How long after its arrival a flush must be the answer, in ms: ingest waits for more parts of it. */
const DUE_MS = 60;

/** What a record rounds away, by metric. */
const SLACK: Readonly<Record<string, number>> = { request_duration_seconds_mean: 1e-3 };

const SUMS = /^(active|upstream|pending|requests_per_second)/;

/** Plays a scenario and compares each value with the truth. @throws Error for one that is not true */
export async function checkPromise(services: Services, scenario: Scenario, tally: Tally): Promise<void> {
  const workload = simulate(scenario);
  const moments = scenario.moments.map((moment) => EPOCH + moment);
  const snapshots = await services.ingest({
    metricTtl: RULES.metricTtl,
    deliveries: workload.deliveries,
    moments,
  });
  const answers = await services.api(
    moments.map((now, i) => ({
      now,
      rules: RULES,
      podEvents: workload.podEvents.filter(({ at }) => at <= now),
      records: new Map((snapshots[i] as readonly StoredRecord[]).map((record) => [record.name, record])),
    })),
  );
  for (const [i, answer] of answers.entries()) {
    const now = scenario.moments[i] as number;
    for (const [metric, values] of answer) checkMetric(workload, scenario, now, metric, values, tally);
  }
}

function checkMetric(
  { truths, podEvents }: SimulatedWorkload,
  { flushInterval }: Scenario,
  now: number,
  metric: string,
  { pods, workload }: MetricAnswer,
  tally: Tally,
): void {
  const wrong = (what: string): Error => new Error(`at ${now} ms ${metric} ${what}`);
  const slack = SLACK[metric] ?? 2e-3;
  for (const { name, value, timestamp } of pods) {
    tally.set(metric, (tally.get(metric) ?? 0) + 1);
    const { subject, at } = truths.get(name) as Truth;
    const { arrived } = subject;
    const flush = arrived.findIndex(({ arrival }) => arrival === timestamp - EPOCH);
    if (flush === -1) throw wrong(`of ${name} is of ${timestamp - EPOCH} ms, when no flush arrived`);
    const due = arrived.findLastIndex(({ arrival }) => arrival + DUE_MS < now);
    if (flush < due) throw wrong(`of ${name} is of flush ${flush}, though ${due} has arrived`);
    const age = now - (timestamp - EPOCH);
    if (age > Math.max(RULES.metricTtl, 10 * flushInterval)) throw wrong(`of ${name} is ${age} ms old`);
    const truth = at(flush).of(metric);
    if (truth === undefined) throw wrong(`of ${name} is ${value}, but cannot be known at flush ${flush}`);
    if (!includes(truth, value, slack))
      throw wrong(`of ${name} is ${value}, not from ${truth.low} to ${truth.high}, at flush ${flush}`);
  }
  const existing = podEvents.filter(({ at }) => at <= EPOCH + now).map(({ name }) => name);
  const range = workloadRange(existing, truths, now, metric, pods);
  if (workload === undefined) {
    if (pods.length > 0 && SUMS.test(metric))
      throw wrong('of the workload is absent, though pods have a value');
    return;
  }
  if (range === undefined) throw wrong(`of the workload is ${workload.value}, but cannot be known`);
  if (!includes(range, workload.value, slack * existing.length))
    throw wrong(`of the workload is ${workload.value}, not from ${range.low} to ${range.high}`);
}

/** Of a sum what its pods add up to, with those that are held or without; of a merge the span of its pods. */
function workloadRange(
  existing: readonly string[],
  truths: ReadonlyMap<string, Truth>,
  now: number,
  metric: string,
  pods: MetricAnswer['pods'],
): Range | undefined {
  /** Of the newest flush that ingest knows to be whole, and of any since. */
  const newest = (name: string): Range | undefined => {
    const { subject, at } = truths.get(name) as Truth;
    const { arrived } = subject;
    const due = Math.max(
      0,
      arrived.findLastIndex(({ arrival }) => arrival + DUE_MS < now),
    );
    const latest = arrived.findLastIndex(({ arrival }) => arrival <= now);
    const ranges = Array.from({ length: latest - due + 1 }, (_, i) => at(due + i).of(metric));
    return span(ranges.filter((range) => range !== undefined));
  };
  if (!SUMS.test(metric)) return span(existing.map(newest).filter((range) => range !== undefined));
  let low = pods.reduce((sum, { value }) => sum + value, 0);
  let high = low;
  let isKnown = pods.length > 0;
  for (const name of existing) {
    if (pods.some((pod) => pod.name === name)) continue;
    const range = newest(name);
    if (range === undefined) continue;
    high += range.high;
    isKnown = true;
  }
  low = Math.min(low, high);
  return isKnown ? { low, high } : undefined;
}
