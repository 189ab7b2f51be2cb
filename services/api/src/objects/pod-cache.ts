import { formatObjectKey, type ObjectKey, type Owner } from '@activescale/kube';
import type { Pod } from '@activescale/metrics';
import { formatLabelSelector, type LabelSelector, type Labels } from '@activescale/protocol/kubernetes';
import { type Entry, type LabelSet, podOf, type Selection, selectPods } from './pod-selection.ts';
import { createSelectionMemory } from './selection-memory.ts';
import { ticksOf } from './ticks.ts';

/** The stored fields of a pod. */
export interface PodFacts {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  /** undefined: it is its own workload. */
  readonly owner: Owner | undefined;
  readonly ips?: readonly string[];
  /** When it was created, ms since the epoch by Valkey's clock, kept to 10 ms; undefined: not known. */
  readonly createdAt?: number | undefined;
}

/** The pods that exist, by namespace and name. */
export interface PodCache {
  /** A pod that is cached already keeps its first `createdAt`: later events bound it less well. */
  set(pod: PodFacts): void;
  delete(namespace: string, name: string): void;
  has(namespace: string, name: string): boolean;
  /**
   * Sorted by name.
   * @param identity requirements on `pod` and `workload`, the names of the pod and of its owner
   * @param objects restrict the result to their own pods; all that match if absent
   */
  select(
    namespace: string,
    labels: LabelSelector,
    identity?: LabelSelector,
    objects?: readonly ObjectKey[],
  ): Selection;
  get(namespace: string, name: string): Pod | undefined;
  readonly size: number;
}

const NOBODY: Selection = { pods: [], workloads: [] };

/**
 * Small, because a cluster may have 50,000 pods. There is no index by label: a scan of all pods takes about 1
 * ms.
 */
export function createPodCache(): PodCache {
  const namespaces = new Map<string, Map<string, Entry>>();
  const selections = createSelectionMemory();
  // Counted, and dropped with their last pod: labels such as a StatefulSet's pod index never end.
  const labelSets = new Map<string, LabelSet>();
  let size = 0;

  const share = (labels: Labels, owner: Owner | undefined): LabelSet => {
    // The API server writes maps sorted by key. Controller and labels determine the workload.
    const key = JSON.stringify([owner?.controller, labels]);
    let set = labelSets.get(key);
    if (set === undefined) {
      set = { key, labels, owner, pods: 0 };
      labelSets.set(key, set);
    }
    set.pods++;
    return set;
  };
  const release = (set: LabelSet): void => {
    set.pods--;
    if (set.pods === 0) labelSets.delete(set.key);
  };

  return {
    set({ namespace: name, name: pod, labels, owner, ips, createdAt }) {
      let pods = namespaces.get(name);
      if (pods === undefined) {
        pods = new Map();
        namespaces.set(name, pods);
      }
      const before = pods.get(pod);
      const labelSet = share(labels, owner);
      const first = createdAt === undefined ? undefined : ticksOf(createdAt);
      pods.set(pod, { labelSet, ips, created: before === undefined ? first : before.created });
      selections.forget(name);
      if (before === undefined) size++;
      else release(before.labelSet);
    },
    delete(name, pod) {
      const pods = namespaces.get(name);
      const entry = pods?.get(pod);
      if (pods === undefined || entry === undefined) return;
      pods.delete(pod);
      selections.forget(name);
      if (pods.size === 0) namespaces.delete(name);
      release(entry.labelSet);
      size--;
    },
    has: (name, pod) => namespaces.get(name)?.has(pod) ?? false,
    select(name, labels, identity = [], objects) {
      const pods = namespaces.get(name);
      if (pods === undefined) return NOBODY;
      const whose = objects === undefined ? '' : `;${objects.map(formatObjectKey).join()}`;
      const key = `${formatLabelSelector(labels)};${formatLabelSelector(identity)}${whose}`;
      const known = selections.get(name, key);
      if (known !== undefined) return known;
      const found = selectPods(pods, labels, identity, objects);
      selections.set(name, key, found);
      return found;
    },
    get(name, pod) {
      const entry = namespaces.get(name)?.get(pod);
      return entry && podOf(pod, entry);
    },
    get size() {
      return size;
    },
  };
}
