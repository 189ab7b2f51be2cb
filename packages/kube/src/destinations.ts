import { createAnswerCache } from './answer-cache.ts';
import { type KubeClient, KubeError } from './client/kube-client.ts';
import { formatGroupResource, type GroupResource } from './group-resource.ts';
import { canNameNamespace, canNameWorkload } from './names.ts';

/** Objects that requests are sent to. */
export type DestinationObject = 'service' | 'httproute' | 'grpcroute';

interface DestinationResource {
  readonly resource: GroupResource;
  readonly kind: string;
  readonly apiVersion: string;
}

const GATEWAY_API = 'gateway.networking.k8s.io';

export const DESTINATIONS: Readonly<Record<DestinationObject, DestinationResource>> = {
  service: { resource: { group: '', resource: 'services' }, kind: 'Service', apiVersion: 'v1' },
  httproute: route('httproutes', 'HTTPRoute'),
  grpcroute: route('grpcroutes', 'GRPCRoute'),
};

/** A destination of the cluster. */
export interface FoundDestination {
  readonly name: string;
  /** Of a Service; empty for a route, which has none. */
  readonly ports: readonly { readonly name: string; readonly port: number }[];
}

/** Rejects if the cluster cannot be asked and the destination is not cached. */
export interface DestinationLookup {
  /** undefined: there is no such object. */
  get(kind: DestinationObject, namespace: string, name: string): Promise<FoundDestination | undefined>;
  /** The sorted names of those whose labels match; undefined: the cluster has no such kind. */
  list(
    kind: DestinationObject,
    namespace: string,
    labelSelector: string,
  ): Promise<readonly string[] | undefined>;
}

interface Service {
  readonly spec?: { readonly ports?: readonly { readonly name?: string; readonly port: number }[] };
}

const TTL_MS = 15_000;
/** A known destination is used while the cluster does not answer, because its demand does not depend on its object. */
const STALE_TTL_MS = 600_000;
const TIMEOUT_MS = 900;
const CACHE_SIZE = 10_000;
const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/** The kind of a resource, in plural or singular as in Kubernetes' RESTMapper; undefined: it is not a destination. */
export function destinationOf({ group, resource }: GroupResource): DestinationObject | undefined {
  const kinds = Object.entries(DESTINATIONS) as [DestinationObject, DestinationResource][];
  return kinds.find(([, known]) => {
    const { kind } = known;
    const names = [known.resource.resource, kind.toLowerCase()];
    return group === known.resource.group && names.includes(resource);
  })?.[0];
}

/** Answers are cached for 15 s. */
export function createDestinationLookup(client: KubeClient): DestinationLookup {
  const known = createAnswerCache<FoundDestination | undefined>({
    ttl: TTL_MS,
    staleTtl: STALE_TTL_MS,
    size: CACHE_SIZE,
    isPositive: (found) => found !== undefined,
    bytesOf: (found) => 2 * JSON.stringify(found ?? null).length,
    stale() {},
    now: () => performance.now(),
  });
  const get = <T>(path: string, accept: string) =>
    client.get<T>(path, { accept, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const unlessAbsent = async <T>(asked: Promise<T>): Promise<T | undefined> => {
    try {
      return await asked;
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return undefined;
      throw error;
    }
  };
  const read = async (kind: DestinationObject, namespace: string, name: string) => {
    const path = `${collection(kind, namespace)}/${name}`;
    const accept = kind === 'service' ? 'application/json' : METADATA;
    const found = await unlessAbsent(get<Service>(path, accept));
    const ports = found?.spec?.ports ?? [];
    return found && { name, ports: ports.map(({ name: portName = '', port }) => ({ name: portName, port })) };
  };
  return {
    async get(kind, namespace, name) {
      if (!canNameNamespace(namespace) || !canNameWorkload(name)) return undefined;
      const key = `${formatGroupResource(DESTINATIONS[kind].resource)} ${namespace} ${name}`;
      return known.get(key, () => read(kind, namespace, name));
    },
    async list(kind, namespace, labelSelector) {
      if (!canNameNamespace(namespace)) return [];
      const path = `${collection(kind, namespace)}?${new URLSearchParams({ labelSelector })}`;
      // Go writes an empty list of metadata as null.
      type List = { readonly items: readonly { readonly metadata: { readonly name: string } }[] | null };
      const list = await unlessAbsent(get<List>(path, METADATA_LIST));
      return list && (list.items ?? []).map(({ metadata }) => metadata.name).sort();
    },
  };
}

/** The port as a source may name it: its number and its name; undefined: the Service has no such port. */
export function portTexts({ ports }: FoundDestination, asked: string): readonly string[] | undefined {
  const found = ports.find(({ name, port }) => String(port) === asked || (name !== '' && name === asked));
  if (found === undefined) return undefined;
  return found.name === '' ? [String(found.port)] : [String(found.port), found.name];
}

function collection(kind: DestinationObject, namespace: string): string {
  const { apiVersion, resource } = DESTINATIONS[kind];
  const base = resource.group === '' ? '/api' : '/apis';
  return `${base}/${apiVersion}/namespaces/${namespace}/${resource.resource}`;
}

function route(resource: string, kind: string): DestinationResource {
  return { resource: { group: GATEWAY_API, resource }, kind, apiVersion: `${GATEWAY_API}/v1` };
}
