import type { PodEvent } from '../../services/api/src/testing/simulated-api.ts';
import type { Delivery } from '../../services/ingest/src/testing/simulated-ingest.ts';
import { createLife } from './life.ts';
import { placesOf } from './names.ts';
import type { EnvoySpec, Scenario } from './scenario.ts';
import { metadataOf, passesFilter } from './stats-filter.ts';
import { EPOCH, timelineOf } from './timeline.ts';
import { requestsOf } from './traffic.ts';
import { type Truth, truthOf } from './truth.ts';

/** What the services get to see of a scenario, and the truth about it. */
export interface SimulatedWorkload {
  readonly deliveries: readonly Delivery[];
  readonly podEvents: readonly PodEvent[];
  /** Of each pod, by its name. */
  readonly truths: ReadonlyMap<string, Truth>;
}

/** Streams of one Envoy: more than it ever opens. */
const STREAMS = 1_000;

export function simulate(scenario: Scenario): SimulatedWorkload {
  const deliveries: Delivery[] = [];
  const truths = new Map<string, Truth>();
  for (const [index, spec] of scenario.pods.entries()) {
    const name = `web-${index}`;
    const { truth, deliveries: own } = simulateEnvoy(scenario, spec, index);
    truths.set(name, truth);
    deliveries.push(...own);
  }
  deliveries.sort((a, b) => a.at - b.at);
  const podEvents = scenario.pods.map(({ start }, index) => ({
    at: EPOCH + start,
    name: `web-${index}`,
    created: new Date(Math.floor((EPOCH + start) / 1_000) * 1_000).toISOString(),
  }));
  podEvents.sort((a, b) => a.at - b.at);
  return { deliveries, podEvents, truths };
}

function simulateEnvoy(scenario: Scenario, spec: EnvoySpec, index: number) {
  const name = `web-${index}`;
  const ip = scenario.names.isIpv6 ? `fd00::${index + 1}` : `10.1.0.${index + 1}`;
  const { names, filter, flushInterval, distributions, bounds, length } = scenario;
  const { proxy, istioVersion } = names;
  const { incidents, start: from } = spec;
  const places = placesOf(names);
  const life = createLife({
    places,
    requests: requestsOf(spec.phases, spec.seed),
    from,
    to: length,
    incidents,
  });
  const passesOwn = passesFilter(filter);
  // Istio always lets this one pass (pkg/bootstrap/config.go).
  const passes = (stat: string) => passesOwn(stat) || (proxy !== 'other' && stat === 'server.uptime');
  const { deliveries, arrived } = timelineOf({
    node: {
      id: `${proxy === 'other' ? 'envoy' : proxy}~${ip}~${name}.shop~shop.svc.cluster.local`,
      metadata: {
        NAME: name,
        NAMESPACE: 'shop',
        WORKLOAD_NAME: 'web',
        INSTANCE_IPS: ip,
        ...(istioVersion === '' || proxy === 'other' ? {} : { ISTIO_VERSION: istioVersion }),
        ...metadataOf(filter),
      },
    },
    life,
    passes,
    bounds,
    distributions,
    flushInterval,
    from,
    to: length,
    incidents,
    firstStream: index * STREAMS,
    seed: spec.seed,
  });
  const truth = truthOf({
    life,
    arrived,
    incidents,
    passes,
    proxy,
    isFilterShown: Object.keys(metadataOf(filter)).length > 0,
    flushInterval,
    distributions,
    bounds,
  });
  return { truth, deliveries };
}
