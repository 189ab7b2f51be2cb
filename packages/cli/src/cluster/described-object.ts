import { collectionPath, type KubeClient, type ObjectKey } from '@activescale/kube';
import type { LabelSelector } from '@activescale/protocol/kubernetes';
import { ask } from './ask.ts';
import { kindOf, type ObjectReference, readScale } from './autoscaler.ts';

/** An object that selects pods. */
export interface DescribedObject {
  readonly selector: LabelSelector;
  /** Which of the matching pods are its own: those that it owns, or all of them for a Service. */
  readonly whose: ObjectKey | 'all';
}

/**
 * undefined: there is no such kind of object, or it selects no pods. @throws Error if there is none with that
 * name
 */
export async function readDescribed(
  client: KubeClient,
  namespace: string,
  reference: ObjectReference,
): Promise<DescribedObject | undefined> {
  const kind = await kindOf(client, reference);
  if (kind === undefined) return undefined;
  if (kind.selects === 'scale') {
    const { selector, object } = await readScale(client, namespace, reference);
    return { selector, whose: object };
  }
  const path = `${collectionPath(kind, namespace)}/${encodeURIComponent(reference.name)}`;
  const { spec } = await ask<{ spec: { selector?: Record<string, string> } }>(client, path);
  const labels = Object.entries(spec.selector ?? {});
  if (labels.length === 0) return undefined;
  const selector = labels.map(([key, value]) => ({ key, operator: '=' as const, values: [value] }));
  return { selector, whose: 'all' };
}
