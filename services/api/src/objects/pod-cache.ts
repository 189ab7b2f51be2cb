import type { Pod } from '@activescale/metrics';
import {
  formatLabelSelector,
  type LabelSelector,
  type Labels,
  matchesLabels,
} from '@activescale/protocol/kubernetes';

/** What is kept of a pod. */
export interface PodFacts {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  /** Name of what it belongs to; undefined: it is its own workload. */
  readonly workload: string | undefined;
  readonly ips?: readonly string[];
}

/** The pods that exist, by namespace and name. */
export interface PodCache {
  set(pod: PodFacts): void;
  delete(namespace: string, name: string): void;
  /**
   * Sorted by name.
   * @param identity of requirements on `pod` and `workload`, the names of the pod and of what it belongs to
   */
  select(namespace: string, labels: LabelSelector, identity?: LabelSelector): readonly Pod[];
  get(namespace: string, name: string): Pod | undefined;
  readonly size: number;
}

/** One set of labels with its workload, shared by all pods that have it: the pods of a ReplicaSet do. */
interface LabelSet {
  readonly key: string;
  readonly labels: Labels;
  readonly workload: string | undefined;
  pods: number;
}

interface Entry {
  readonly labelSet: LabelSet;
  readonly ips: readonly string[] | undefined;
}

interface Namespace {
  readonly pods: Map<string, Entry>;
  /** What selectors have been answered since a pod last changed: HPAs ask for the same again and again. */
  readonly selections: Map<string, readonly Pod[]>;
}

/** Of one namespace; each may hold all its pods. */
const MAX_SELECTIONS = 64;

/**
 * Small on purpose: a cluster may have 50,000 pods. There is no index by label, as looking at all of them takes about
 * 1 ms.
 */
export function createPodCache(): PodCache {
  const namespaces = new Map<string, Namespace>();
  // Counted, and dropped with their last pod: labels such as a StatefulSet's pod index never end.
  const labelSets = new Map<string, LabelSet>();
  let size = 0;

  const share = (labels: Labels, workload: string | undefined): LabelSet => {
    const key = JSON.stringify([workload, labels]); // the API server writes maps sorted by key
    let set = labelSets.get(key);
    if (set === undefined) {
      set = { key, labels, workload, pods: 0 };
      labelSets.set(key, set);
    }
    set.pods++;
    return set;
  };
  const release = (set: LabelSet): void => {
    set.pods--;
    if (set.pods === 0) labelSets.delete(set.key);
  };

  const find = (
    pods: ReadonlyMap<string, Entry>,
    selector: LabelSelector,
    identity: LabelSelector,
  ): Pod[] => {
    const found: Pod[] = [];
    // Whether a set of labels matches is asked once for each set, not for each pod.
    const matching = new Map<LabelSet, boolean>();
    for (const [name, { labelSet, ips }] of pods) {
      let matches = matching.get(labelSet);
      if (matches === undefined) {
        matches = matchesLabels(selector, labelSet.labels);
        matching.set(labelSet, matches);
      }
      const { workload = name } = labelSet;
      if (matches && matchesLabels(identity, { pod: name, workload })) found.push(podOf(name, ips));
    }
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  };

  return {
    set({ namespace: name, name: pod, labels, workload, ips }) {
      let namespace = namespaces.get(name);
      if (namespace === undefined) {
        namespace = { pods: new Map(), selections: new Map() };
        namespaces.set(name, namespace);
      }
      const before = namespace.pods.get(pod);
      namespace.pods.set(pod, { labelSet: share(labels, workload), ips });
      namespace.selections.clear();
      if (before === undefined) size++;
      else release(before.labelSet);
    },
    delete(name, pod) {
      const namespace = namespaces.get(name);
      const entry = namespace?.pods.get(pod);
      if (namespace === undefined || entry === undefined) return;
      namespace.pods.delete(pod);
      namespace.selections.clear();
      if (namespace.pods.size === 0) namespaces.delete(name);
      release(entry.labelSet);
      size--;
    },
    select(name, labels, identity = []) {
      const namespace = namespaces.get(name);
      if (namespace === undefined) return [];
      const key = `${formatLabelSelector(labels)};${formatLabelSelector(identity)}`;
      const known = namespace.selections.get(key);
      if (known !== undefined) return known;
      const found = find(namespace.pods, labels, identity);
      if (namespace.selections.size >= MAX_SELECTIONS) namespace.selections.clear();
      namespace.selections.set(key, found);
      return found;
    },
    get(name, pod) {
      const entry = namespaces.get(name)?.pods.get(pod);
      return entry && podOf(pod, entry.ips);
    },
    get size() {
      return size;
    },
  };
}

function podOf(name: string, ips: readonly string[] | undefined): Pod {
  return ips === undefined ? { name } : { name, ips };
}
