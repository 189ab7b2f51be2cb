import fc from 'fast-check';
import type { Incident } from './envoy/life.ts';
import { ISTIO_VERSIONS, type NamesOf, placesOf } from './envoy/names.ts';
import type { Sink } from './envoy/sink.ts';
import { type Filter, filters } from './envoy/stats-filter.ts';
import type { Phase } from './envoy/traffic.ts';

/** One Envoy. Times are ms of the simulation. */
export interface EnvoySpec {
  readonly start: number;
  readonly phases: readonly Phase[];
  readonly incidents: readonly Incident[];
  readonly seed: number;
}

export interface Successor {
  readonly at: number;
  readonly gap: number;
  readonly envoy: EnvoySpec;
  /** With hostNetwork, it has the address of its node, as the earlier pod had. */
  readonly hasSameAddress: boolean;
}

export interface PodSpec {
  readonly envoy: EnvoySpec;
  /** An Envoy of the application's, in the same pod. */
  readonly second: EnvoySpec | undefined;
  /** It is deleted, and a pod of the same name created after `gap`. */
  readonly successor: Successor | undefined;
}

/** The pods of a workload, whose proxies have one configuration, and when their metrics are asked for. */
export interface Scenario {
  readonly names: NamesOf;
  readonly filter: Filter;
  readonly flushInterval: number;
  readonly sink: Sink;
  /** Of each place, in ms. */
  readonly bounds: readonly (readonly number[])[];
  readonly pods: readonly PodSpec[];
  /** What kube-apiserver's clock is ahead of Valkey's, in ms. */
  readonly kubeSkew: number;
  readonly length: number;
  readonly moments: readonly number[];
}

/** Envoy's own (source/common/stats/histogram_impl.cc), some that people set, and more than a record holds. */
const BOUNDS: readonly (readonly number[])[] = [
  [
    0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000,
    1_800_000, 3_600_000,
  ],
  [50, 100, 150, 200, 300, 500],
  [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000],
  Array.from({ length: 60 }, (_, i) => (i + 1) * 30),
  Array.from({ length: 100 }, (_, i) => (i + 1) * 20),
  [],
];

const MAX_PLACES = 5;

export const sinks: fc.Arbitrary<Sink> = fc.record({
  distributions: fc.constantFrom('both', 'both', 'histograms', 'summaries'),
  counters: fc.constantFrom('totals', 'totals', 'totals', 'deltas'),
  tags: fc.constantFrom('in names', 'in names', 'in names', 'as labels'),
  batchSize: fc.constantFrom(undefined, undefined, undefined, 5, 8, 20),
});

/** The bounds of the histograms of this number of places, mostly the same. */
export function boundsOf(places: number): fc.Arbitrary<readonly (readonly number[])[]> {
  return fc
    .array(fc.constantFrom(0, 0, 0, ...BOUNDS.keys()), { minLength: places, maxLength: places })
    .map((kinds) => kinds.map((kind) => BOUNDS[kind] as readonly number[]));
}

const names: fc.Arbitrary<NamesOf> = fc.record({
  proxy: fc.constantFrom('sidecar', 'sidecar', 'sidecar', 'router', 'waypoint', 'other'),
  istioVersion: fc.constantFrom(...ISTIO_VERSIONS),
  isIpv6: fc.boolean(),
  areClustersRenamed: fc.boolean(),
});

/** A phase at one of these places. */
export function phaseOf(places: number, length: number): fc.Arbitrary<Phase> {
  const share = fc.constantFrom(0, 0, 0.1, 0.5, 1);
  return fc
    .record({
      place: fc.nat({ max: places - 1 }),
      from: fc.nat({ max: length }),
      length: fc.integer({ min: 100, max: length }),
      perSecond: fc.constantFrom(0.2, 1, 5, 20),
      duration: fc.constantFrom(2, 40, 300, 1_500, 7_000, 400_000),
      spread: fc.constantFrom(1, 1.5, 4),
      failing: share,
      aborted: fc.constantFrom(0, 0, 0.2, 1),
      upgraded: fc.constantFrom(0, 0, 0, 0.3),
      pending: fc.constantFrom(0, 0, 20, 800),
    })
    .map(({ from, length, ...rest }) => ({ ...rest, from, to: from + length }));
}

/** At any time, or as soon after the beginning of a phase that its counters are still small. */
function momentOf(phases: readonly Phase[], flushInterval: number, length: number): fc.Arbitrary<number> {
  const any = fc.integer({ min: 1_000, max: length });
  if (phases.length === 0) return any;
  const soon = fc
    .tuple(fc.constantFrom(...phases), fc.constantFrom(0.5, 1.5, 2.5, 4.5))
    .map(([{ from }, flushes]) => Math.min(length, from + Math.round(flushes * flushInterval)));
  return fc.oneof({ weight: 2, arbitrary: any }, { weight: 1, arbitrary: soon });
}

export function incidents(
  phases: readonly Phase[],
  flushInterval: number,
  length: number,
): fc.Arbitrary<readonly Incident[]> {
  const at = momentOf(phases, flushInterval, length);
  const incident: fc.Arbitrary<Incident> = fc.oneof(
    fc.record({ kind: fc.constant('restart' as const), at, down: fc.constantFrom(50, 400, 3_000, 40_000) }),
    fc.record({ kind: fc.constant('hot restart' as const), at }),
    fc.record({ kind: fc.constant('reset counters' as const), at, lost: fc.constantFrom(0, 0, 1, 4) }),
    fc.record({
      kind: fc.constant('clock step' as const),
      at,
      by: fc.constantFrom(-3_600_000, -4_000, -300, 300, 2_000, 90_000),
    }),
    fc.record({ kind: fc.constant('reconnect' as const), at, lost: fc.nat({ max: 4 }) }),
    fc.record({ kind: fc.constant('broken flush' as const), at, sent: fc.nat({ max: 5 }) }),
    fc.record({ kind: fc.constant('wrapped gauge' as const), at }),
  );
  // Two at about the same time test nothing more than one.
  return fc
    .array(incident, { maxLength: 3 })
    .map((list) => list.sort((a, b) => a.at - b.at))
    .map((list) => list.filter(({ at }, i) => i === 0 || at - (list[i - 1] as Incident).at > 45_000));
}

export const scenarios: fc.Arbitrary<Scenario> = fc
  .record({ names, flushInterval: fc.constantFrom(500, 1_000, 1_000, 5_000, 10_000) })
  .chain(({ names, flushInterval }) => {
    const places = placesOf(names);
    const length = 30_000 + 60 * flushInterval;
    const envoy = fc.array(phaseOf(places.length, length), { maxLength: 4 }).chain((phases) =>
      fc.record({
        start: fc.nat({ max: 20_000 }),
        phases: fc.constant(phases),
        incidents: fc.oneof(fc.constant([]), incidents(phases, flushInterval, length)),
        seed: fc.nat(),
      }),
    );
    const rarely = <T>(value: fc.Arbitrary<T>) =>
      fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
    const pod: fc.Arbitrary<PodSpec> = fc.record({
      envoy,
      second: rarely(envoy),
      successor: rarely(
        fc.record({
          at: fc.integer({ min: 25_000, max: length }),
          gap: fc.constantFrom(1, 700, 5_000, 60_000),
          envoy,
          hasSameAddress: fc.boolean(),
        }),
      ),
    });
    return fc.record({
      names: fc.constant(names),
      filter: filters(places),
      flushInterval: fc.constant(flushInterval),
      sink: sinks,
      bounds: boundsOf(MAX_PLACES),
      pods: fc.array(pod, { minLength: 1, maxLength: 3 }),
      kubeSkew: fc.constantFrom(0, 0, -5_000, 5_000, 3_600_000),
      length: fc.constant(length),
      moments: fc.array(fc.integer({ min: 1_000, max: length }), { minLength: 1, maxLength: 6 }),
    });
  })
  .map(withMomentsOfIncidents);

/** Asks soon after each incident too, when a wrong value would be largest, and when the last flush before it is old. */
function withMomentsOfIncidents(scenario: Scenario): Scenario {
  const { pods, flushInterval, length } = scenario;
  const after = pods.flatMap(({ envoy }) =>
    envoy.incidents.flatMap(({ at }) => [at + 1.5 * flushInterval, at + 30_000]),
  );
  const moments = [...scenario.moments, ...after].map(Math.round).filter((moment) => moment <= length);
  return { ...scenario, moments: moments.sort((a, b) => a - b) };
}
