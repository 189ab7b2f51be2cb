import type { Delivery, PodEvent } from '@activescale/devkit';
import { metadataOf, passesFilter } from '../envoy/stats-filter.ts';
import { EPOCH, timelineOf } from '../envoy/timeline.ts';
import { gatewayFlush } from './gateway.ts';
import { createGatewayLife } from './gateway-life.ts';
import { gatewayPlaces, proxyOf } from './names.ts';
import type { DemandScenario, GatewaySpec } from './scenario.ts';
import type { SimulatedGateway } from './sent.ts';

/** The namespace of gateways that may report for every namespace, and that of the destinations. */
export const EDGE = 'edge';
const SHOP = 'shop';

/** How long after its last process a pod is gone from the cluster, in ms. */
const GONE_MS = 100;
/** Streams of one Envoy: more than it ever opens. */
const STREAMS = 1_000;

/** The inputs of the services in a scenario, and the truth about it. */
export interface SimulatedGateways {
  readonly deliveries: readonly Delivery[];
  readonly podEvents: readonly PodEvent[];
  readonly gateways: readonly SimulatedGateway[];
}

export function simulateGateways(scenario: DemandScenario): SimulatedGateways {
  const all = scenario.gateways.map((spec, index) => simulateGateway(scenario, spec, index));
  return {
    deliveries: all.flatMap(({ deliveries }) => deliveries).sort((a, b) => a.at - b.at),
    podEvents: all.flatMap(({ podEvents }) => podEvents).sort((a, b) => a.at - b.at),
    gateways: all.map(({ gateway }) => gateway),
  };
}

function simulateGateway(
  { flushInterval, sink, losses, kubeSkew, length }: DemandScenario,
  spec: GatewaySpec,
  index: number,
) {
  const { naming, istioVersion, filter, isIpv6, reportsAll, incidents, bounds, seed, start: from } = spec;
  const proxy = proxyOf(naming);
  const namespace = reportsAll ? EDGE : SHOP;
  const name = `gw-${index}`;
  const ip = isIpv6 ? `fd00::${index + 1}` : `10.1.0.${index + 1}`;
  const places = gatewayPlaces(naming, istioVersion);
  const to = spec.deletedAt ?? length;
  const end = spec.deletedAt === undefined ? length : to - GONE_MS;
  const life = createGatewayLife({ places, phases: spec.phases, seed, from, to: end, incidents });
  const passes = passesFilter(filter, proxy);
  const { deliveries, arrived } = timelineOf({
    node: {
      id: `${proxy === 'other' ? 'envoy' : proxy}~${ip}~${name}.${namespace}~${namespace}.svc.cluster.local`,
      ...(naming === 'Contour' ? { cluster: namespace } : {}),
      metadata: {
        NAME: name,
        NAMESPACE: namespace,
        INSTANCE_IPS: ip,
        ...(istioVersion === '' || proxy === 'other' ? {} : { ISTIO_VERSION: istioVersion }),
        ...metadataOf(filter),
      },
    },
    life,
    statsAt: (cut, previousCut, wallClock) =>
      gatewayFlush({ life, passes, bounds, sink, wallClock }, cut, previousCut),
    proxy,
    sink,
    flushInterval,
    from,
    to: end,
    incidents,
    firstStream: (index + 1) * STREAMS,
    seed,
  });
  const created = new Date(Math.floor((EPOCH + from + kubeSkew) / 1_000) * 1_000).toISOString();
  const gone = { at: EPOCH + to, namespace, name, created: undefined };
  const podEvents: PodEvent[] = [
    { at: EPOCH + from, namespace, name, created },
    ...(spec.deletedAt === undefined ? [] : [gone]),
  ];
  const gateway: SimulatedGateway = {
    from,
    to: spec.deletedAt ?? Number.POSITIVE_INFINITY,
    places,
    passes,
    filter,
    naming,
    reportsAll,
    losses,
    life,
    arrived,
    incidents,
    flushInterval,
    sink,
    bounds,
  };
  return { deliveries, podEvents, gateway };
}
