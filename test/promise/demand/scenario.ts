import fc from 'fast-check';
import type { Incident } from '../envoy/life.ts';
import { ISTIO_VERSIONS } from '../envoy/names.ts';
import type { Sink } from '../envoy/sink.ts';
import type { Filter } from '../envoy/stats-filter.ts';
import { boundsOf, incidents, phaseOf, sinks } from '../scenario.ts';
import { gatewayFilters } from './filters.ts';
import type { GatewayPhase } from './gateway-life.ts';
import { gatewayPlaces, NAMINGS, type Naming } from './names.ts';

/** One gateway. Times are ms of the simulation. */
export interface GatewaySpec {
  readonly naming: Naming;
  readonly istioVersion: string;
  readonly filter: Filter;
  readonly isIpv6: boolean;
  /** It may report for every namespace; otherwise it is in the namespace of the destinations, and reports for that. */
  readonly reportsAll: boolean;
  readonly start: number;
  /** When its pod is deleted; undefined: never. */
  readonly deletedAt: number | undefined;
  readonly phases: readonly GatewayPhase[];
  readonly incidents: readonly Incident[];
  readonly bounds: readonly (readonly number[])[];
  readonly seed: number;
}

/** Gateways in front of the same Services and routes, and when the demand for those is asked for. */
export interface DemandScenario {
  readonly gateways: readonly GatewaySpec[];
  readonly flushInterval: number;
  readonly sink: Sink;
  /** When Valkey loses its data, rising. */
  readonly losses: readonly number[];
  /** What kube-apiserver's clock is ahead of Valkey's, in ms. */
  readonly kubeSkew: number;
  readonly length: number;
  readonly moments: readonly number[];
}

function phasesOf(places: number, length: number): fc.Arbitrary<readonly GatewayPhase[]> {
  const phase = fc.record({
    phase: phaseOf(places, length),
    rejection: fc.constantFrom(undefined, undefined, undefined, 'unhealthy' as const, 'overflow' as const),
  });
  return fc.array(
    // Gateways do not count WebSockets in a gauge of their own.
    phase.map(({ phase, rejection }) => ({ ...phase, upgraded: 0, rejection })),
    { maxLength: 4 },
  );
}

function gatewayOf(flushInterval: number, length: number): fc.Arbitrary<GatewaySpec> {
  return fc
    .record({ naming: fc.constantFrom(...NAMINGS), istioVersion: fc.constantFrom(...ISTIO_VERSIONS) })
    .chain(({ naming, istioVersion }) => {
      const places = gatewayPlaces(naming, istioVersion);
      return phasesOf(places.length, length).chain((phases) =>
        fc.record({
          naming: fc.constant(naming),
          istioVersion: fc.constant(istioVersion),
          filter: gatewayFilters(places),
          isIpv6: fc.boolean(),
          reportsAll: fc.constantFrom(true, true, false),
          start: fc.nat({ max: 20_000 }),
          deletedAt: fc.oneof(
            { weight: 5, arbitrary: fc.constant(undefined) },
            { weight: 1, arbitrary: fc.integer({ min: 25_000, max: length }) },
          ),
          phases: fc.constant(phases),
          incidents: fc
            .oneof(fc.constant([]), incidents(phases, flushInterval, length))
            .map((list) => list.filter(({ kind }) => kind !== 'wrapped gauge')),
          bounds: boundsOf(places.length),
          seed: fc.nat(),
        }),
      );
    });
}

export const demandScenarios: fc.Arbitrary<DemandScenario> = fc
  .constantFrom(500, 1_000, 1_000, 5_000, 10_000)
  .chain((flushInterval) => {
    const length = 30_000 + 60 * flushInterval;
    const at = fc.integer({ min: 1_000, max: length });
    return fc.record({
      gateways: fc.array(gatewayOf(flushInterval, length), { minLength: 1, maxLength: 3 }),
      flushInterval: fc.constant(flushInterval),
      sink: sinks,
      losses: fc.oneof(
        { weight: 4, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: at.map((time) => [time]) },
      ),
      kubeSkew: fc.constantFrom(0, 0, -5_000, 5_000, 3_600_000),
      length: fc.constant(length),
      moments: fc.array(at, { minLength: 1, maxLength: 6 }),
    });
  })
  .map(withoutUnknownBreaks)
  .map(withMomentsOfEvents);

/** Without the record that Valkey lost, nothing shows what is missing in the rest of a flush. */
function withoutUnknownBreaks(scenario: DemandScenario): DemandScenario {
  if (scenario.losses.length === 0) return scenario;
  const gateways = scenario.gateways.map((gateway) => ({
    ...gateway,
    incidents: gateway.incidents.filter(({ kind }) => kind !== 'broken flush'),
  }));
  return { ...scenario, gateways };
}

/** Asks soon after each event too, when a wrong value would be largest, and when the last flush before it is old. */
function withMomentsOfEvents(scenario: DemandScenario): DemandScenario {
  const { gateways, losses, flushInterval, length } = scenario;
  const soon = (at: number) => at + 1.5 * flushInterval;
  const after = gateways.flatMap(({ incidents, phases, deletedAt }) => [
    ...incidents.flatMap(({ at }) => [soon(at), at + 30_000]),
    // A destination that is used for the first time, and the end of a hold.
    ...phases.slice(0, 2).flatMap(({ from, to }) => [soon(from), to + 90_000]),
    ...(deletedAt === undefined ? [] : [deletedAt + 50]),
  ]);
  const all = [...scenario.moments, ...after, ...losses.flatMap((at) => [at + 100, soon(at), at + 21_000])];
  const moments = all.map(Math.round).filter((moment) => moment <= length);
  return { ...scenario, moments: moments.sort((a, b) => a - b) };
}
