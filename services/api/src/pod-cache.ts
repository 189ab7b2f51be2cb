import { type LabelSelector, type Labels, matchesLabels } from '@activescale/protocol/kubernetes';
import type { Pod } from './samples.ts';

/** What is kept of a pod. */
export interface PodFacts {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly ips?: readonly string[];
}

/** The pods that exist, by namespace and name. */
export interface PodCache {
  set(pod: PodFacts): void;
  delete(namespace: string, name: string): void;
  /** Sorted by name. */
  select(namespace: string, selector: LabelSelector): Pod[];
  get(namespace: string, name: string): Pod | undefined;
  readonly size: number;
}

/** One set of labels, shared by all pods that have it: the pods of a ReplicaSet do. */
interface LabelSet {
  readonly key: string;
  readonly labels: Labels;
  pods: number;
}

interface Entry {
  readonly labelSet: LabelSet;
  readonly ips: readonly string[] | undefined;
}

/**
 * Small on purpose: a cluster may have 50,000 pods. There is no index by label, as looking at all of them takes about
 * 1 ms.
 */
export function createPodCache(): PodCache {
  const namespaces = new Map<string, Map<string, Entry>>();
  // Counted, and dropped with their last pod: labels such as a StatefulSet's pod index never end.
  const labelSets = new Map<string, LabelSet>();
  let size = 0;

  const share = (labels: Labels): LabelSet => {
    const key = JSON.stringify(labels); // the API server writes maps sorted by key
    let set = labelSets.get(key);
    if (set === undefined) {
      set = { key, labels, pods: 0 };
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
    set({ namespace, name, labels, ips }) {
      let pods = namespaces.get(namespace);
      if (pods === undefined) {
        pods = new Map();
        namespaces.set(namespace, pods);
      }
      const before = pods.get(name);
      pods.set(name, { labelSet: share(labels), ips });
      if (before === undefined) size++;
      else release(before.labelSet);
    },
    delete(namespace, name) {
      const pods = namespaces.get(namespace);
      const entry = pods?.get(name);
      if (pods === undefined || entry === undefined) return;
      pods.delete(name);
      if (pods.size === 0) namespaces.delete(namespace);
      release(entry.labelSet);
      size--;
    },
    select(namespace, selector) {
      const found: Pod[] = [];
      // Whether a set of labels matches is asked once for each set, not for each pod.
      const matching = new Map<LabelSet, boolean>();
      for (const [name, { labelSet, ips }] of namespaces.get(namespace) ?? []) {
        let matches = matching.get(labelSet);
        if (matches === undefined) {
          matches = matchesLabels(selector, labelSet.labels);
          matching.set(labelSet, matches);
        }
        if (matches) found.push(podOf(name, ips));
      }
      return found.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    get(namespace, name) {
      const entry = namespaces.get(namespace)?.get(name);
      return entry && podOf(name, entry.ips);
    },
    get size() {
      return size;
    },
  };
}

function podOf(name: string, ips: readonly string[] | undefined): Pod {
  return ips === undefined ? { name } : { name, ips };
}
