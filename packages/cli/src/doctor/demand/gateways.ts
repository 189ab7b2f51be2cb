import { demandReports } from '@activescale/metrics';
import { type DestinationKind, EVERYWHERE } from '@activescale/protocol/record';
import { type ClusterPod, existing, listPodsOfAll } from '../../cluster/pods.ts';
import { readRecords } from '../../records/read.ts';
import type { RecordReader } from '../../records/reader.ts';
import { whyOmitted } from '../../records/states.ts';
import { allowed, type DoctorContext, recordsOf } from '../context.ts';
import { NotChecked } from '../not-checked.ts';

/** The known reports of a pod of a gateway or waypoint. */
export interface Gateway {
  readonly namespace: string;
  readonly name: string;
  /** It has a fresh record of its load. */
  readonly pushes: boolean;
  /** The kinds of destination that it reports for every namespace, and for its own only. */
  readonly everywhere: readonly DestinationKind[];
  readonly ownNamespace: readonly DestinationKind[];
}

/**
 * The labels of Istio's gateways and waypoints, of Envoy Gateway's proxies, of Istio's ingress gateway, of Contour's Envoys for
 * Gateways (internal/provisioner/model/model.go), and of those of its example (examples/contour/03-envoy.yaml).
 */
const SELECTORS = [
  'gateway.networking.k8s.io/gateway-name',
  'gateway.envoyproxy.io/owning-gateway-name',
  'istio=ingressgateway',
  'projectcontour.io/owning-gateway-name',
  'app=envoy',
];

const KINDS: readonly DestinationKind[] = ['service', 'httproute', 'grpcroute'];

/** The running pods of gateways and waypoints; undefined: this user may not list the pods of all namespaces. */
export async function findGateways(context: DoctorContext): Promise<readonly Gateway[] | undefined> {
  const store = await recordsOf(context);
  const found = await gatewayPods(context);
  if (found === undefined) return undefined;
  const everywhere = await reportedKinds(store, EVERYWHERE);
  const gateways: Gateway[] = [];
  for (const [namespace, pods] of found) {
    const own = await reportedKinds(store, namespace);
    const { values, pods: asked, now } = await readRecords(store, namespace, pods, context.settings);
    for (const [i, pod] of asked.entries()) {
      const { name } = pod;
      const omitted = whyOmitted(pod, values[i] ?? null, now, context.settings);
      gateways.push({
        namespace,
        name,
        pushes: omitted === undefined || omitted === 'idle' || omitted === 'stat_missing',
        everywhere: everywhere(namespace, name),
        ownNamespace: own(namespace, name),
      });
    }
  }
  return gateways;
}

async function gatewayPods({ client }: DoctorContext): Promise<Map<string, ClusterPod[]> | undefined> {
  const found = new Map<string, Map<string, ClusterPod>>();
  try {
    for (const selector of SELECTORS) {
      for (const { namespace, pod } of await allowed(listPodsOfAll(client, selector))) {
        const pods = found.get(namespace) ?? new Map<string, ClusterPod>();
        found.set(namespace, pods.set(pod.name, pod));
      }
    }
  } catch (error) {
    if (error instanceof NotChecked) return undefined;
    throw error;
  }
  const running = (pods: Iterable<ClusterPod>) =>
    existing([...pods]).filter(({ phase }) => phase === 'Running');
  return new Map([...found].map(([namespace, pods]) => [namespace, running(pods.values())]));
}

/** The kinds of destination that a source reports, by the records of this namespace. */
async function reportedKinds(store: RecordReader, namespace: string) {
  const names = await store.destinations(namespace, 0);
  const reports = KINDS.flatMap((kind) =>
    demandReports(names, kind, '').map(({ source }) => ({
      kind,
      source: `${source.namespace}/${source.name}`,
    })),
  );
  return (podNamespace: string, name: string): DestinationKind[] =>
    reports.filter(({ source }) => source === `${podNamespace}/${name}`).map(({ kind }) => kind);
}
