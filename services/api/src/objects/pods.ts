import { type KubeClient, type ObjectKey, ownerOf } from '@activescale/kube';
import type { Pod } from '@activescale/metrics';
import { type LabelSelector, serviceUnavailable } from '@activescale/protocol/kubernetes';
import { StatusError } from '../http/status-error.ts';
import { type Reflector, type Sink, startReflector } from '../kube/reflector.ts';
import type { KubeObject } from '../kube/watch-event.ts';
import { createPodCache, type PodCache } from './pod-cache.ts';
import { createPodCreation, type PodCreation } from './pod-creation.ts';
import type { Selection } from './pod-selection.ts';

/** The pods of the cluster, mirrored. Each question throws a StatusError (503) as long as no whole list was seen. */
export interface ClusterPods extends Reflector {
  /** As PodCache has it. */
  select(
    namespace: string,
    labels: LabelSelector,
    identity?: LabelSelector,
    objects?: readonly ObjectKey[],
  ): Selection;
  get(namespace: string, name: string): Pod | undefined;
  readonly size: number;
}

export interface ClusterPodsOptions {
  readonly client: KubeClient;
  /** Whole pods are watched, for their IPs; otherwise their metadata only, a tenth of the bytes. */
  readonly withIps: boolean;
  /** Valkey's clock, ms since the epoch; undefined as long as it has not been read. */
  now(): number | undefined;
  onState(trouble: unknown): void;
}

interface WatchedPod extends KubeObject {
  readonly status?: { readonly podIPs?: readonly { readonly ip: string }[] };
}

const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
/** A pod that comes to an end leaves the selection: the watch then says DELETED. */
const NOT_FINISHED = 'status.phase!=Succeeded,status.phase!=Failed';

export function watchPods({ client, withIps, now, onState }: ClusterPodsOptions): ClusterPods {
  let cache = createPodCache();
  const creation = createPodCreation(now);
  const reflector = startReflector<WatchedPod, Sink<WatchedPod> & { cache: PodCache }>({
    client,
    path: '/api/v1/pods',
    query: { fieldSelector: NOT_FINISHED },
    accept: withIps ? 'application/json' : METADATA_ONLY,
    begin: () => podSink(createPodCache(), creation, withIps),
    commit(sink) {
      cache = sink.cache;
    },
    onState,
  });
  const assertSynced = (): void => {
    if (!reflector.synced) throw new StatusError(serviceUnavailable('the list of pods is not synced yet'));
  };
  return {
    select(namespace, labels, identity, objects) {
      assertSynced();
      return cache.select(namespace, labels, identity, objects);
    },
    get(namespace, name) {
      assertSynced();
      return cache.get(namespace, name);
    },
    get size() {
      return cache.size;
    },
    get synced() {
      return reflector.synced;
    },
    age: reflector.age,
    close: reflector.close,
  };
}

function podSink(
  cache: PodCache,
  creation: PodCreation,
  withIps: boolean,
): Sink<WatchedPod> & { cache: PodCache } {
  return {
    cache,
    put({ metadata, status }) {
      const { namespace = '', name = '', labels = {} } = metadata;
      // A pod that is being deleted gets no new requests: its share must not be spread over the others.
      if (metadata.deletionTimestamp !== undefined) return cache.delete(namespace, name);
      const ips = withIps ? { ips: (status?.podIPs ?? []).map(({ ip }) => ip) } : {};
      const createdAt = cache.has(namespace, name)
        ? undefined // known already
        : creation.seen(namespace, name, metadata.creationTimestamp);
      cache.set({ namespace, name, labels, owner: ownerOf(metadata), createdAt, ...ips });
    },
    remove({ metadata: { namespace = '', name = '' } }) {
      cache.delete(namespace, name);
      creation.gone(namespace, name);
    },
  };
}
