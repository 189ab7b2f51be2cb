import { createWorkloadLookup, type FoundWorkload, type KubeClient } from '@activescale/kube';
import { type ExternalSelector, subjectOf } from '@activescale/metrics';
import { parseLabelSelector } from '@activescale/protocol/kubernetes';
import { ownPods } from '../cluster/own-pods.ts';
import { existing, listPods } from '../cluster/pods.ts';

/**
 * If an external metric's selector matches no pod: whether that is a load of 0 for api, and not a typing error.
 */
export async function hasNoPods(
  client: KubeClient,
  namespace: string,
  selector: Pick<ExternalSelector, 'labels' | 'identity'>,
): Promise<boolean> {
  const subject = subjectOf(selector);
  if (subject === undefined) return false;
  if (subject.of === 'namespace') return true; // the HPA itself is in it
  const find = createWorkloadLookup(client);
  const none = await Promise.all(
    subject.names.map(async (name) => {
      const found = await find(namespace, name);
      const each = await Promise.all(found.map((workload) => hasNone(client, namespace, workload)));
      return each.length > 0 && each.every(Boolean);
    }),
  );
  return none.length > 0 && none.every(Boolean);
}

async function hasNone(
  client: KubeClient,
  namespace: string,
  { kind, name, selector, replicas }: FoundWorkload,
): Promise<boolean> {
  if (selector === undefined) return replicas === 0;
  const matched = existing(await listPods(client, namespace, parseLabelSelector(selector)));
  const object = { group: kind.resource.group, kind: kind.kind, name };
  return (await ownPods(client, namespace, matched, object)).length === 0;
}
