import {
  createNamespaceLookup,
  createWorkloadLookup,
  type FoundWorkload,
  type KubeClient,
} from '@activescale/kube';
import { type ExternalSelector, subjectOf } from '@activescale/metrics';
import { parseLabelSelector, serviceUnavailable } from '@activescale/protocol/kubernetes';
import { StatusError } from '../http/status-error.ts';
import type { PodSource } from '../metrics/provider.ts';
import { clusterUnavailable } from './cluster-unavailable.ts';

/**
 * Decides whether a query that matches no pod has a load of 0: only if its subject exists and has no pods. A misspelt name
 * has no load. Throws or rejects with a StatusError (503) when the cluster cannot be asked, or when the watch of pods has
 * been silent for too long.
 */
export interface NoPods {
  /** For an object that exists. */
  ofObject(): boolean;
  ofNamespace(namespace: string): Promise<boolean>;
  ofExternal(namespace: string, selector: Pick<ExternalSelector, 'labels' | 'identity'>): Promise<boolean>;
}

/** A bookmark arrives about once a minute, and later after a watch was resumed. In ms. */
const SILENCE_MS = 180_000;

export interface NoPodsOptions {
  readonly client: KubeClient;
  readonly pods: Pick<PodSource, 'select'>;
  /** ms since the watch of pods last received anything. */
  age(): number;
}

export function createNoPods({ client, pods, age }: NoPodsOptions): NoPods {
  const namespaceExists = createNamespaceLookup(client);
  const findWorkloads = createWorkloadLookup(client);
  const unavailable = clusterUnavailable('what has no pods');

  const assertCurrent = (): void => {
    const silent = age();
    if (silent <= SILENCE_MS) return;
    const silence = `the watch of pods has been silent for ${Math.round(silent / 1000)} s`;
    throw new StatusError(serviceUnavailable(`${silence}, so it is unknown whether there are pods`));
  };
  /** A workload may own its pods through another object, whose name they have. */
  const hasNone = async (namespace: string, workload: FoundWorkload): Promise<boolean> => {
    const { kind, name, selector, replicas } = workload;
    if (selector === undefined) return replicas === 0;
    const whose = { group: kind.resource.group, kind: kind.kind, name };
    const own = await pods.select({ namespace, labels: parseLabelSelector(selector), whose });
    return own.length === 0;
  };
  const workloadHasNone = async (namespace: string, name: string): Promise<boolean> => {
    const found = await findWorkloads(namespace, name);
    const none = await Promise.all(found.map((workload) => hasNone(namespace, workload)));
    return none.length > 0 && none.every(Boolean);
  };
  const ofExternal: NoPods['ofExternal'] = async (namespace, selector) => {
    const subject = subjectOf(selector);
    if (subject === undefined) return false;
    if (subject.of === 'namespace') return namespaceExists(namespace);
    const none = await Promise.all(subject.names.map((name) => workloadHasNone(namespace, name)));
    return none.length > 0 && none.every(Boolean);
  };
  return {
    ofObject() {
      assertCurrent();
      return true;
    },
    async ofNamespace(namespace) {
      assertCurrent();
      return namespaceExists(namespace).catch(unavailable);
    },
    async ofExternal(namespace, selector) {
      assertCurrent();
      return ofExternal(namespace, selector).catch(unavailable);
    },
  };
}
