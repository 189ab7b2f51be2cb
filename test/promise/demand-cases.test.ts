import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { GatewayPhase } from './demand/gateway-life.ts';
import { checkDemandPromise } from './demand/property.ts';
import type { DemandScenario, GatewaySpec } from './demand/scenario.ts';
import { EVERYTHING } from './envoy/stats-filter.ts';
import { STEADY } from './envoy/traffic.ts';
import { startServices } from './services.ts';

// Scenarios that the generator of gateways once found, made plain.

const services = startServices();
after(() => services.close());

const LENGTH = 120_000;
const MS = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500];

function phase(changes: Partial<GatewayPhase> = {}): GatewayPhase {
  return { ...STEADY, from: 10_000, to: LENGTH, rejection: undefined, ...changes };
}

/** Contour's Envoy with five requests a second to the Service web, of which nothing is hidden. */
function gatewayOf(changes: Partial<GatewaySpec> = {}): GatewaySpec {
  return {
    naming: 'Contour',
    istioVersion: '',
    filter: EVERYTHING,
    isIpv6: false,
    reportsAll: true,
    start: 1_000,
    deletedAt: undefined,
    phases: [phase()],
    incidents: [],
    bounds: [MS, MS, MS, MS],
    seed: 1,
    ...changes,
  };
}

function scenarioOf(gateways: readonly GatewaySpec[], changes: Partial<DemandScenario> = {}): DemandScenario {
  return {
    gateways,
    flushInterval: 1_000,
    sink: { distributions: 'both', counters: 'totals', tags: 'in names', batchSize: undefined },
    losses: [],
    kubeSkew: 0,
    length: LENGTH,
    moments: Array.from({ length: 38 }, (_, i) => 5_500 + 3_000 * i),
    ...changes,
  };
}

const WITHOUT_REJECTIONS = {
  ...EVERYTHING,
  expressions: ['http\\..*', 'cluster\\..*\\.upstream_rq_(active|pending_active|total|completed|5xx|time)'],
};

const GAUGES = {
  ...EVERYTHING,
  expressions: ['cluster\\..*\\.upstream_rq_(active|pending_active)'],
};

interface Case {
  readonly name: string;
  readonly scenario: DemandScenario;
  /** A metric that has values. */
  readonly served: string;
}

const CASES: readonly Case[] = [
  {
    name: 'requests that began are not 0 if the filter hides those that are rejected',
    scenario: scenarioOf([
      gatewayOf({
        filter: WITHOUT_REJECTIONS,
        phases: [phase({ to: 20_000 }), phase({ from: 20_000, rejection: 'unhealthy' })],
      }),
    ]),
    served: 'demand_requests_per_second',
  },
  {
    name: 'requests that a gateway has rejected before its first flush do not raise the rate of later ones',
    scenario: scenarioOf([
      gatewayOf({ phases: [phase({ from: 0, perSecond: 20, rejection: 'unhealthy' })] }),
    ]),
    served: 'demand_rejected_requests_per_second',
  },
  {
    name: 'a gateway that reports all ports together no longer hides one of them once its pod is gone',
    scenario: scenarioOf([
      gatewayOf({ naming: 'Istio gateway', phases: [] }),
      gatewayOf({ naming: 'Consul', deletedAt: 30_000 }),
    ]),
    served: 'demand_requests',
  },
  {
    name: 'durations above the bounds of one gateway count as its last bound beside those of another',
    scenario: scenarioOf([
      gatewayOf({ bounds: [[5, 2_000], MS, MS, MS], phases: [phase({ duration: 7_000, spread: 1 })] }),
      gatewayOf({ bounds: [[5, 2_000, 3_600_000], MS, MS, MS] }),
    ]),
    served: 'demand_request_duration_seconds_p95',
  },
  {
    name: 'demand is not 0 while a gateway with requests is silent',
    scenario: scenarioOf([
      gatewayOf({ naming: 'Istio gateway', phases: [] }),
      gatewayOf({ incidents: [{ kind: 'restart', at: 30_000, down: 80_000 }] }),
    ]),
    served: 'demand_active_requests',
  },
  {
    name: 'demand is not 0 while the record of a gateway with requests is lost',
    scenario: scenarioOf(
      [
        gatewayOf({ naming: 'Istio gateway', phases: [] }),
        gatewayOf({ incidents: [{ kind: 'reconnect', at: 60_000, lost: 15 }] }),
      ],
      { losses: [65_000] },
    ),
    served: 'demand_active_requests',
  },
  {
    name: 'demand is not 0 if its first request is in the rest of a flush whose first message looks whole',
    scenario: scenarioOf(
      [
        gatewayOf({
          filter: GAUGES,
          phases: [phase(), phase({ place: 2, from: 66_000, duration: 7_000 })],
          incidents: [{ kind: 'broken flush', at: 66_010, sent: 0 }],
        }),
      ],
      {
        // Two gauges of each Service.
        sink: { distributions: 'both', counters: 'totals', tags: 'in names', batchSize: 2 },
        moments: [65_500, 67_500, 68_500, 76_500],
      },
    ),
    served: 'demand_active_requests',
  },
];

for (const { name, scenario, served } of CASES) {
  test(name, async () => {
    const tally = new Map<string, number>();
    await checkDemandPromise(services, scenario, tally);
    assert.ok((tally.get(served) ?? 0) > 0, `some value of ${served}`);
  });
}
