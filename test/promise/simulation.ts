import type { Delivery, PodEvent } from '@activescale/devkit';
import { flushOf } from './envoy/envoy.ts';
import { createLife, type Incident } from './envoy/life.ts';
import { type NamesOf, type Place, placesOf } from './envoy/names.ts';
import { EVERYTHING, type Filter, metadataOf, passesFilter } from './envoy/stats-filter.ts';
import { EPOCH, timelineOf } from './envoy/timeline.ts';
import { requestsOf } from './envoy/traffic.ts';
import type { EnvoySpec, Scenario } from './scenario.ts';
import { httpStat } from './truth/http-stats.ts';
import { type Truth, truthOf } from './truth/truth.ts';

/** A pod from its creation to its deletion, in ms of the simulation. */
export interface SimulatedPod {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Of each of its Envoys, the sidecar's first. */
  readonly truths: readonly Truth[];
}

/** The inputs of the services in a scenario, and the truth about it. */
export interface SimulatedWorkload {
  readonly deliveries: readonly Delivery[];
  readonly podEvents: readonly PodEvent[];
  readonly pods: readonly SimulatedPod[];
}

/** How long after its last process a pod is gone from the cluster, in ms. */
const GONE_MS = 100;

export function simulate(scenario: Scenario): SimulatedWorkload {
  const deliveries: Delivery[] = [];
  const podEvents: PodEvent[] = [];
  const pods: SimulatedPod[] = [];
  let envoys = 0;
  const add = (
    name: string,
    specs: readonly EnvoySpec[],
    from: number,
    to: number,
    earlier?: EarlierPod,
  ): number => {
    const address = earlier?.address ?? pods.length + 1;
    const truths = specs.map((spec, index) => {
      const isSecond = index > 0;
      const names = isSecond ? { ...scenario.names, proxy: 'other' as const } : scenario.names;
      const filter = isSecond ? EVERYTHING : scenario.filter;
      const start = Math.max(from, spec.start);
      const { truth, deliveries: own } = simulateEnvoy(scenario, spec, {
        name,
        names,
        filter,
        nodeType: isSecond
          ? 'application'
          : scenario.names.proxy === 'other'
            ? 'envoy'
            : scenario.names.proxy,
        isAlone: specs.length === 1,
        from: start,
        to,
        number: ++envoys,
        address,
        earlier,
      });
      deliveries.push(...own);
      return truth;
    });
    pods.push({ name, from, to, truths });
    podEvents.push({
      at: EPOCH + from,
      namespace: 'shop',
      name,
      created: seconds(EPOCH + from + scenario.kubeSkew),
    });
    if (to < scenario.length) podEvents.push({ at: EPOCH + to, namespace: 'shop', name, created: undefined });
    return address;
  };
  for (const [index, { envoy, second, successor }] of scenario.pods.entries()) {
    const name = `web-${index}`;
    const specs = second === undefined ? [envoy] : [envoy, second];
    const to = successor?.at ?? scenario.length;
    const address = add(name, specs, Math.min(...specs.map(({ start }) => start)), to);
    if (successor === undefined) continue;
    const { envoy: later, gap, hasSameAddress } = successor;
    const clockSteps = envoy.incidents.filter(({ kind, at }) => kind === 'clock step' && at < to);
    const earlier = hasSameAddress ? { address, gone: to, clockSteps } : undefined;
    add(name, [later], to + gap, scenario.length, earlier);
  }
  deliveries.sort((a, b) => a.at - b.at);
  podEvents.sort((a, b) => a.at - b.at);
  return { deliveries, podEvents, pods };
}

/** As creationTimestamp has it. */
function seconds(time: number): string {
  return new Date(Math.floor(time / 1_000) * 1_000).toISOString();
}

interface EnvoyPlace {
  readonly name: string;
  readonly names: NamesOf;
  readonly filter: Filter;
  /** The first part of node.id. */
  readonly nodeType: string;
  /** No other Envoy pushes for its pod. */
  readonly isAlone: boolean;
  readonly from: number;
  readonly to: number;
  /** Of all Envoys of the simulation. */
  readonly number: number;
  /** The last part of its address. */
  readonly address: number;
  readonly earlier: EarlierPod | undefined;
}

/** A pod that had the name of another before it, and the address, which is that of the node of both. */
interface EarlierPod {
  readonly address: number;
  /** When it was gone from the cluster. */
  readonly gone: number;
  /** What happened to the clock of the node. */
  readonly clockSteps: readonly Incident[];
}

/** Streams of one Envoy: more than it ever opens. */
const STREAMS = 1_000;

function simulateEnvoy(
  { flushInterval, sink, bounds }: Scenario,
  spec: EnvoySpec,
  { name, names, filter, nodeType, isAlone, from, to, number, address, earlier }: EnvoyPlace,
) {
  const ip = names.isIpv6 ? `fd00::${address}` : `10.1.0.${address}`;
  const { phases, seed } = spec;
  const { proxy, istioVersion } = names;
  const places = placesOf(names);
  const end = to - GONE_MS;
  // Beside another Envoy, the record that shows what is missing may be that one's.
  const own = spec.incidents.filter(({ kind, at }) => at > from && (isAlone || kind !== 'broken flush'));
  const incidents = [...(earlier?.clockSteps ?? []), ...own];
  const life = createLife({ places, requests: requestsOf(phases, seed), from, to: end, incidents });
  const passes = passesFilter(filter, proxy);
  const metadata = metadataOf(filter);
  const { deliveries, arrived } = timelineOf({
    node: {
      id: `${nodeType}~${ip}~${name}.shop~shop.svc.cluster.local`,
      metadata: {
        NAME: name,
        NAMESPACE: 'shop',
        WORKLOAD_NAME: 'web',
        INSTANCE_IPS: ip,
        ...(istioVersion === '' || proxy === 'other' ? {} : { ISTIO_VERSION: istioVersion }),
        ...metadata,
      },
    },
    life,
    statsAt: (cut, previousCut, wallClock) =>
      flushOf({ life, passes, bounds, sink, wallClock }, cut, previousCut),
    proxy,
    sink,
    flushInterval,
    from,
    to: end,
    incidents,
    firstStream: number * STREAMS,
    seed,
    continuesRecord: earlier !== undefined,
  });
  const truth = truthOf({
    life,
    arrived,
    incidents,
    isAlone,
    earlierGone: earlier?.gone,
    passes,
    proxy,
    shows: (place, fact) => passes(httpStat(places[place] as Place, fact)),
    has: ({ names: sent }, place, fact) => sent.has(httpStat(places[place] as Place, fact)),
    isFilterShown: Object.keys(metadata).length > 0,
    flushInterval,
    sink,
    bounds,
  });
  return { truth, deliveries };
}
