import { type KubeClient, workloadOf } from '@activescale/kube';
import { serviceUnavailable } from '@activescale/protocol/kubernetes';
import { StatusError } from '../http/status-error.ts';
import { type Reflector, type Sink, startReflector } from '../kube/reflector.ts';
import type { KubeObject } from '../kube/watch-event.ts';
import type { PodSource } from '../metrics/provider.ts';
import { createPodCache, type PodCache } from './pod-cache.ts';

/** The pods of the cluster, mirrored. */
export interface ClusterPods extends PodSource, Reflector {
  readonly size: number;
}

export interface ClusterPodsOptions {
  readonly client: KubeClient;
  /** Whole pods are watched, for their IPs; otherwise their metadata only, a tenth of the bytes. */
  readonly withIps: boolean;
  onState(trouble: unknown): void;
}

interface WatchedPod extends KubeObject {
  readonly status?: { readonly podIPs?: readonly { readonly ip: string }[] };
}

const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
/** A pod that comes to an end leaves the selection: the watch then says DELETED. */
const NOT_FINISHED = 'status.phase!=Succeeded,status.phase!=Failed';

export function watchPods({ client, withIps, onState }: ClusterPodsOptions): ClusterPods {
  let cache = createPodCache();
  const reflector = startReflector<WatchedPod, Sink<WatchedPod> & { cache: PodCache }>({
    client,
    path: '/api/v1/pods',
    query: { fieldSelector: NOT_FINISHED },
    accept: withIps ? 'application/json' : METADATA_ONLY,
    begin: () => podSink(createPodCache(), withIps),
    commit(sink) {
      cache = sink.cache;
    },
    onState,
  });
  const assertSynced = (): void => {
    if (!reflector.synced) throw new StatusError(serviceUnavailable('the list of pods is not synced yet'));
  };
  return {
    select(namespace, labels, identity) {
      assertSynced();
      return cache.select(namespace, labels, identity);
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

function podSink(cache: PodCache, withIps: boolean): Sink<WatchedPod> & { cache: PodCache } {
  const remove = ({ metadata }: WatchedPod): void => {
    cache.delete(metadata.namespace ?? '', metadata.name ?? '');
  };
  return {
    cache,
    put(pod) {
      // A pod that is being deleted gets no new requests: its share must not be spread over the others.
      if (pod.metadata.deletionTimestamp !== undefined) return remove(pod);
      const { namespace = '', name = '', labels = {} } = pod.metadata;
      const ips = withIps ? { ips: (pod.status?.podIPs ?? []).map(({ ip }) => ip) } : {};
      cache.set({ namespace, name, labels, workload: workloadOf(pod.metadata), ...ips });
    },
    remove,
  };
}
