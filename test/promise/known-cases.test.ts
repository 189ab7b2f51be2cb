import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { decodeHead } from '@activescale/protocol/record';
import type { Incident } from './envoy/life.ts';
import { EVERYTHING } from './envoy/stats-filter.ts';
import { EPOCH } from './envoy/timeline.ts';
import { type Phase, STEADY } from './envoy/traffic.ts';
import { checkPromise } from './property.ts';
import type { EnvoySpec, Scenario } from './scenario.ts';
import { startServices } from './services.ts';
import { simulate } from './simulation.ts';

// Scenarios that the generator once found, made plain.

const services = startServices();
after(() => services.close());

const LENGTH = 120_000;
const BUSY: EnvoySpec = { start: 1_000, phases: [phase()], incidents: [], seed: 1 };

/** Pods each of which has requests at one place. */
function podsAt(...places: readonly number[]): Scenario['pods'] {
  return places.map((place, seed) => ({
    envoy: { ...BUSY, phases: [phase({ place, duration: 2_000 })], seed },
    second: undefined,
    successor: undefined,
  }));
}

/** A sidecar with five requests a second of 300 ms, of which nothing is hidden. */
function scenarioOf(
  envoy: Partial<EnvoySpec> = {},
  changes: Partial<Scenario> = {},
  second?: Partial<EnvoySpec>,
): Scenario {
  return {
    names: { proxy: 'sidecar', istioVersion: '1.26.2', isIpv6: false, areClustersRenamed: false },
    filter: EVERYTHING,
    flushInterval: 1_000,
    sink: { distributions: 'both', counters: 'totals', tags: 'in names', batchSize: undefined },
    bounds: [[], [], [], [], []],
    pods: [
      {
        envoy: { ...BUSY, ...envoy },
        second: second === undefined ? undefined : { ...BUSY, start: 2_500, seed: 2, ...second },
        successor: undefined,
      },
    ],
    kubeSkew: 0,
    length: LENGTH,
    moments: Array.from({ length: 38 }, (_, i) => 5_500 + 3_000 * i),
    ...changes,
  };
}

function phase(changes: Partial<Phase> = {}): Phase {
  return { ...STEADY, from: 0, to: LENGTH, ...changes };
}

const DELTAS = { distributions: 'both', counters: 'deltas', tags: 'in names', batchSize: undefined } as const;
const INCIDENTS: readonly Incident[] = [
  { kind: 'restart', at: 40_500, down: 50 },
  { kind: 'restart', at: 40_900, down: 400 },
  { kind: 'restart', at: 40_500, down: 3_000 },
  { kind: 'reconnect', at: 40_500, lost: 1 },
  { kind: 'reconnect', at: 40_500, lost: 4 },
  { kind: 'reset counters', at: 40_500, lost: 0 },
  { kind: 'reset counters', at: 40_500, lost: 4 },
  { kind: 'hot restart', at: 40_500 },
  { kind: 'clock step', at: 40_500, by: -600 },
  { kind: 'clock step', at: 40_500, by: 4_000 },
];

for (const incident of INCIDENTS) {
  const what = JSON.stringify(incident).replaceAll(/[{}"]/g, '').replaceAll(',', ', ');
  test(`the values of an Envoy that sends deltas are true around a ${what}`, async () => {
    const tally = new Map<string, number>();
    await checkPromise(services, scenarioOf({ incidents: [incident] }, { sink: DELTAS }), tally);
    assert.ok((tally.get('request_duration_seconds_mean') ?? 0) > 20, 'most of the time there is a value');
  });
}

test('requests none of which has ended are in the application, unless no gauge shows that clients wait for them', async () => {
  const names = { proxy: 'other', istioVersion: '', isIpv6: false, areClustersRenamed: true } as const;
  const lasting = { phases: [phase({ place: 1, duration: 60_000, spread: 1 })] };
  for (const hidden of ['', '.downstream_rq_active']) {
    const tally = new Map<string, number>();
    const expressions = [hidden === '' ? '.*' : `cluster\\..*|http\\..*\\.downstream_rq_(total|time)`];
    const filter = { ...EVERYTHING, expressions };
    await checkPromise(services, scenarioOf(lasting, { names, filter, moments: [40_500] }), tally);
    assert.equal(tally.get('upstream_active_requests'), hidden === '' ? 1 : 0);
  }
});

test('requests that were in flight before a restart are in no window that begins after it', async () => {
  const phases = [
    phase({ to: 40_000, perSecond: 20, duration: 400_000, spread: 1 }),
    phase({ from: 105_000, perSecond: 1 }),
  ];
  const incidents: Incident[] = [{ kind: 'restart', at: 40_500, down: 50 }];
  const moments = [106_500, 108_500, 115_500];
  const tally = new Map<string, number>();
  await checkPromise(services, scenarioOf({ phases, incidents }, { moments }), tally);
  assert.equal(tally.get('active_requests_max_1m'), moments.length);
});

const OTHER = { proxy: 'other', istioVersion: '', isIpv6: false, areClustersRenamed: false } as const;
const RENAMED = {
  proxy: 'sidecar',
  istioVersion: '1.26.2',
  isIpv6: false,
  areClustersRenamed: true,
} as const;
const MS = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500];

interface Case {
  readonly name: string;
  readonly scenario: Scenario;
  /** A metric of which there are values of some pods. */
  readonly served: string;
}

const CASES: readonly Case[] = [
  {
    name: 'a reset that only the counter of errors shows is one of all counters',
    scenario: scenarioOf({
      phases: [phase({ from: 38_000, failing: 0 }), phase({ from: 38_000, to: 40_000, failing: 1 })],
      incidents: [{ kind: 'reset counters', at: 40_500, lost: 6 }],
    }),
    served: 'requests_per_second',
  },
  {
    name: 'what a plain Envoy sends through a listener that its filter hides is not its load',
    scenario: scenarioOf(
      { phases: [phase({ duration: 2_000 }), phase({ place: 2, duration: 2_000 })] },
      {
        names: OTHER,
        filter: { ...EVERYTHING, expressions: [], prefixes: ['http.ingress_http.', 'cluster.'] },
      },
    ),
    served: 'upstream_active_requests',
  },
  {
    name: 'a peer whose cluster has its usual name shows nothing of clusters that are renamed',
    scenario: scenarioOf({}, { names: RENAMED, filter: undefined, pods: podsAt(0, 2) }),
    served: 'upstream_active_requests',
  },
  {
    name: 'a peer that shows a gauge shows nothing of a pod whose listener hides it',
    scenario: scenarioOf(
      {},
      {
        filter: {
          prefixes: ['http.inbound_0.0.0.0_9090;.'],
          suffixes: ['_total', '_completed', '_5xx', '_rx_reset', '_time'],
          expressions: [],
          shownIn: 'nowhere',
        },
        pods: podsAt(0, 1),
      },
    ),
    served: 'active_requests',
  },
  {
    name: 'there is no quantile where the requests of one listener have no buckets',
    scenario: scenarioOf(
      { phases: [phase({ perSecond: 20 }), phase({ place: 1, from: 60_000, perSecond: 20 })] },
      { bounds: [MS, [], MS, MS, MS] },
    ),
    served: 'request_duration_seconds_p95',
  },
  {
    name: 'one long request among short ones is one request in flight, as the quantiles of a summary show',
    scenario: scenarioOf(
      {
        phases: [
          phase({ perSecond: 20, duration: 2, spread: 1 }),
          phase({ perSecond: 0.2, duration: 7_000, spread: 1 }),
        ],
      },
      { sink: { distributions: 'summaries', counters: 'totals', tags: 'in names', batchSize: undefined } },
    ),
    served: 'active_requests_max_1m',
  },
  {
    name: 'a pod that is recreated on its node has no requests of the earlier pod, though it has as many',
    scenario: scenarioOf(
      {},
      {
        pods: [
          {
            envoy: { ...BUSY, phases: [phase({ to: 3_000, duration: 2 })] },
            second: undefined,
            successor: {
              at: 40_000,
              gap: 1,
              envoy: {
                ...BUSY,
                start: 0,
                phases: [phase({ from: 60_050, to: 60_950, perSecond: 20, duration: 2 })],
              },
              hasSameAddress: true,
            },
          },
        ],
      },
    ),
    served: 'requests_per_second',
  },
  {
    name: 'after a restart, requests count even if there are only as many as before',
    scenario: scenarioOf({
      phases: [
        phase({ from: 38_000, to: 40_000, duration: 2 }),
        phase({ place: 1, from: 42_100, duration: 2 }),
        phase({ from: 60_050, to: 60_950, perSecond: 20, duration: 2 }),
      ],
      incidents: [{ kind: 'restart', at: 41_500, down: 400 }],
    }),
    served: 'requests_per_second',
  },
  {
    name: 'a pod that has fallen silent is unknown after METRIC_TTL',
    scenario: scenarioOf({ incidents: [{ kind: 'restart', at: 40_500, down: 60_000 }] }),
    served: 'active_requests',
  },
];

for (const { name, scenario, served } of CASES) {
  test(name, async () => {
    const tally = new Map<string, number>();
    await checkPromise(services, scenario, tally);
    assert.ok((tally.get(served) ?? 0) > 0, `some value of ${served}`);
  });
}

test('a stream that opens while the record is of another Envoy of its pod begins without a past', async () => {
  const incidents: Incident[] = [{ kind: 'reconnect', at: 20_500, lost: 8 }];
  await checkPromise(services, scenarioOf({ incidents }, {}, {}), new Map());
});

test('an Envoy that takes over from one that is silent is served at each of its flushes', async () => {
  const incidents: Incident[] = [{ kind: 'restart', at: 30_000, down: 60_000 }];
  const scenario = scenarioOf({ incidents }, {}, {});
  const { deliveries, pods } = simulate(scenario);
  const second = pods[0]?.truths[1]?.subject.arrived ?? [];
  const flushes = second
    .map(({ arrival }) => arrival)
    .filter((arrival) => arrival > 30_000 && arrival < 80_000);
  const snapshots = await services.ingest({
    metricTtl: 20_000,
    counterMode: 'cumulative',
    deliveries,
    moments: flushes.map((arrival) => EPOCH + arrival + 100),
  });
  const served = snapshots.map(
    ({ records: [record] }) => decodeHead(Buffer.from(record?.head ?? [])).arrival - EPOCH,
  );
  const takeover = served.findIndex((arrival) => flushes.includes(arrival));
  assert.ok(takeover > 0 && takeover < 8, `takes over at flush ${takeover}`);
  assert.deepEqual(served.slice(takeover), flushes.slice(takeover));
});
