import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { decodeHead } from '@activescale/protocol/record';
import type { Incident } from './life.ts';
import { checkPromise } from './property.ts';
import type { EnvoySpec, Scenario } from './scenario.ts';
import { startServices } from './services.ts';
import { simulate } from './simulation.ts';
import { EVERYTHING } from './stats-filter.ts';
import { EPOCH } from './timeline.ts';
import type { Phase } from './traffic.ts';

// Scenarios that the generator once found, made plain.

const services = startServices();
after(() => services.close());

const LENGTH = 120_000;

/** A sidecar with five requests a second of 300 ms, of which nothing is hidden. */
function scenarioOf(
  envoy: Partial<EnvoySpec> = {},
  changes: Partial<Scenario> = {},
  second?: Partial<EnvoySpec>,
): Scenario {
  const start: EnvoySpec = { start: 1_000, phases: [phase()], incidents: [], seed: 1 };
  return {
    names: { proxy: 'sidecar', istioVersion: '1.26.2', isIpv6: false, areClustersRenamed: false },
    filter: EVERYTHING,
    flushInterval: 1_000,
    sink: { distributions: 'both', counters: 'totals', tags: 'in names', parts: 1 },
    bounds: [[], [], [], [], []],
    pods: [
      {
        envoy: { ...start, ...envoy },
        second: second === undefined ? undefined : { ...start, start: 2_500, seed: 2, ...second },
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
  return {
    place: 0,
    from: 0,
    to: LENGTH,
    perSecond: 5,
    duration: 300,
    spread: 4,
    failing: 0.1,
    aborted: 0,
    upgraded: 0,
    pending: 0,
    ...changes,
  };
}

const DELTAS = { distributions: 'both', counters: 'deltas', tags: 'in names', parts: 1 } as const;
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
  const served = snapshots.map(([record]) => decodeHead(Buffer.from(record?.head ?? [])).arrival - EPOCH);
  const takeover = served.findIndex((arrival) => flushes.includes(arrival));
  assert.ok(takeover > 0 && takeover < 8, `takes over at flush ${takeover}`);
  assert.deepEqual(served.slice(takeover), flushes.slice(takeover));
});
