import type { AskedDemand, Snapshot } from '@activescale/devkit';
import { EPOCH } from '../envoy/timeline.ts';
import type { Tally } from '../property.ts';
import type { Services } from '../services.ts';
import { checkAbsent, checkDemand } from './check.ts';
import type { DemandScenario } from './scenario.ts';
import { proverOf, shareOf, truthsOf } from './shares.ts';
import { EDGE, simulateGateways } from './simulation.ts';
import type { DestinationTruth } from './truth.ts';

const RULES = { metricTtl: 20_000, demandHold: 90_000 } as const;

/** Destinations that gateways have clusters of, and some that no source mentions. */
const ASKED: readonly AskedDemand[] = [
  { kind: 'service', name: 'web', port: undefined },
  { kind: 'service', name: 'web', port: '80' },
  { kind: 'service', name: 'api', port: undefined },
  { kind: 'service', name: 'idle', port: undefined },
  { kind: 'httproute', name: 'web', port: undefined },
  { kind: 'httproute', name: 'idle', port: undefined },
  { kind: 'grpcroute', name: 'web', port: undefined },
];

/** Runs a scenario and compares each value of demand with the truth. @throws Error for one that is not true */
export async function checkDemandPromise(
  services: Services,
  scenario: DemandScenario,
  tally: Tally,
): Promise<void> {
  const { deliveries, podEvents, gateways } = simulateGateways(scenario);
  const { metricTtl, demandHold } = RULES;
  const moments = scenario.moments.map((moment) => EPOCH + moment);
  const snapshots = await services.ingest({
    metricTtl,
    counterMode: scenario.sink.counters === 'deltas' ? 'delta' : 'cumulative',
    demand: { edge: EDGE },
    deliveries,
    losses: scenario.losses.map((at) => EPOCH + at),
    moments,
  });
  const answers = await services.demand(
    moments.map((now, i) => ({
      now,
      rules: RULES,
      podEvents: podEvents.filter(({ at }) => at <= now),
      snapshot: snapshots[i] as Snapshot,
      destinations: ASKED,
    })),
  );
  const truths = ASKED.map((asked) =>
    gateways.map((gateway) => ({
      gateway,
      own: truthsOf(gateway, asked),
      others: [proverOf(gateway, asked)].filter((truth) => truth !== undefined),
    })),
  );
  for (const [i, answer] of answers.entries()) {
    const now = scenario.moments[i] as number;
    const asked = truths.map((all) => {
      const existing = all.filter(({ gateway: { from, to } }) => from <= now && now < to);
      const share = (truth: DestinationTruth) => shareOf(truth, now, metricTtl);
      return {
        shares: existing.flatMap(({ own }) => own).map(share),
        others: existing.flatMap(({ others }) => others).map(share),
      };
    });
    for (const [name, values] of answer) {
      const metric = name.replace('demand_', '');
      for (const [index, value] of values.entries()) {
        const { shares = [], others = [] } = asked[index] ?? {};
        if (value !== undefined) tally.set(name, (tally.get(name) ?? 0) + 1);
        const problem =
          value === undefined
            ? checkAbsent(shares, others, metric, ASKED[index] as AskedDemand)
            : checkDemand(shares, { metric, now, demandHold, others }, value);
        if (problem !== undefined)
          throw new Error(`at ${now} ms ${name} of ${JSON.stringify(ASKED[index])} ${problem}`);
      }
    }
  }
}
