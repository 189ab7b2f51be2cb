import { formatObjectKey, type ObjectKey, type Owner, ownedBy } from '@activescale/kube';
import type { Pod } from '@activescale/metrics';
import { type LabelSelector, type Labels, matchesLabels } from '@activescale/protocol/kubernetes';
import { timeOf } from './ticks.ts';

/** One set of labels with its owner, shared by all pods that have it: the pods of a ReplicaSet do. */
export interface LabelSet {
  readonly key: string;
  readonly labels: Labels;
  readonly owner: Owner | undefined;
  pods: number;
}

/** A pod as the cache has it. */
export interface Entry {
  readonly labelSet: LabelSet;
  readonly ips: readonly string[] | undefined;
  /** When it was created, in ticks; undefined: not known. */
  readonly created: number | undefined;
}

/** The conditions of a selector. */
export interface Selection {
  /** Sorted by name. */
  readonly pods: readonly Pod[];
  /** The distinct workloads that they belong to; pods without a controller add none. */
  readonly workloads: readonly ObjectKey[];
}

/** @param objects restrict the result to their own pods; all that match if absent */
export function selectPods(
  pods: ReadonlyMap<string, Entry>,
  selector: LabelSelector,
  identity: LabelSelector,
  objects: readonly ObjectKey[] | undefined,
): Selection {
  const matched: [string, Entry][] = [];
  // Whether a set of labels matches is asked once for each set, not for each pod.
  const matching = new Map<LabelSet, boolean>();
  for (const each of pods) {
    const [name, { labelSet }] = each;
    let matches = matching.get(labelSet);
    if (matches === undefined) {
      matches = matchesLabels(selector, labelSet.labels);
      matching.set(labelSet, matches);
    }
    const workload = labelSet.owner?.workload.name ?? name;
    if (matches && matchesLabels(identity, { pod: name, workload })) matched.push(each);
  }
  const own = objects === undefined ? matched : ownPods(matched, objects);
  const found = own.map(([name, entry]) => podOf(name, entry));
  return { pods: found.sort((a, b) => (a.name < b.name ? -1 : 1)), workloads: workloadsOf(own) };
}

function ownPods(matched: readonly [string, Entry][], objects: readonly ObjectKey[]): [string, Entry][] {
  const owners = new Set(matched.map(([, { labelSet }]) => labelSet.owner));
  const rules = objects.map((object) => ownedBy(object, owners));
  return matched.filter(([, { labelSet }]) => rules.some((isOwn) => isOwn(labelSet.owner)));
}

function workloadsOf(pods: readonly [string, Entry][]): ObjectKey[] {
  const owners = new Set(pods.map(([, { labelSet }]) => labelSet.owner));
  const workloads = [...owners].filter((owner): owner is Owner => owner !== undefined);
  return [...new Map(workloads.map(({ workload }) => [formatObjectKey(workload), workload])).values()];
}

/** Without the fields that are not known: few pods have addresses here. */
export function podOf(name: string, { ips, created }: Omit<Entry, 'labelSet'>): Pod {
  const createdAt = created === undefined ? undefined : timeOf(created);
  if (ips === undefined) return createdAt === undefined ? { name } : { name, createdAt };
  return createdAt === undefined ? { name, ips } : { name, ips, createdAt };
}
