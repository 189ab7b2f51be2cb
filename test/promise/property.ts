import type { Snapshot } from '@activescale/devkit';
import { EPOCH } from './envoy/timeline.ts';
import { checkPods } from './pod-check.ts';
import type { Scenario } from './scenario.ts';
import type { Services } from './services.ts';
import { simulate } from './simulation.ts';
import { checkWorkload } from './workload-check.ts';

/** How many values of pods were served of each metric. */
export type Tally = Map<string, number>;

const RULES = { metricTtl: 20_000, idleAsZero: 'peers' } as const;

/** Runs a scenario and compares each value with the truth. @throws Error for one that is not true */
export async function checkPromise(services: Services, scenario: Scenario, tally: Tally): Promise<void> {
  const { deliveries, podEvents, pods } = simulate(scenario);
  const { metricTtl } = RULES;
  const counterMode = scenario.sink.counters === 'deltas' ? 'delta' : 'cumulative';
  const moments = scenario.moments.map((moment) => EPOCH + moment);
  const snapshots = await services.ingest({ metricTtl, counterMode, deliveries, moments });
  const answers = await services.api(
    moments.map((now, i) => ({
      now,
      rules: RULES,
      podEvents: podEvents.filter(({ at }) => at <= now),
      records: new Map((snapshots[i] as Snapshot).records.map((record) => [record.name, record])),
    })),
  );
  for (const [i, answer] of answers.entries()) {
    const now = scenario.moments[i] as number;
    const existing = pods.filter(({ from, to }) => from <= now && (now < to || to === scenario.length));
    for (const [metric, { pods: values, workload }] of answer) {
      tally.set(metric, (tally.get(metric) ?? 0) + values.length);
      const problem =
        checkPods(existing, { metric, now, metricTtl }, values) ??
        checkWorkload(existing, { metric, now, metricTtl }, values, workload);
      if (problem !== undefined) throw new Error(`at ${now} ms ${metric} ${problem}`);
    }
  }
}
