import type { LabelSelector } from '@activescale/protocol/kubernetes';
import { OVER } from './metric-selector.ts';

/** The selector of an external metric, by subject. */
export interface ExternalSelector {
  /** Requirements on the labels of pods. */
  readonly labels: LabelSelector;
  /** Requirements on `pod` and `workload`, the names of the pod and of its owner. */
  readonly identity: LabelSelector;
  /** Requirements on the window. */
  readonly over: LabelSelector;
}

/** Keys that are not labels of pods. */
const IDENTITY = ['pod', 'workload'];

/** An external metric has one selector for both the pods and the window. */
export function splitExternalSelector(selector: LabelSelector): ExternalSelector {
  return {
    labels: selector.filter(({ key }) => key !== OVER && !IDENTITY.includes(key)),
    identity: selector.filter(({ key }) => IDENTITY.includes(key)),
    over: selector.filter(({ key }) => key === OVER),
  };
}

/** The objects that a query of an external metric names, so that their existence can be verified. */
export type ExternalSubject =
  | { readonly of: 'namespace' }
  | { readonly of: 'workloads'; readonly names: readonly string[] };

/** Maximum number of names in a query whose workloads are looked up. */
const MAX_NAMES = 8;

/**
 * undefined: labels and names of pods cannot exist without pods, so a selector without a match may be a typing
 * error.
 */
export function subjectOf({
  labels,
  identity,
}: Pick<ExternalSelector, 'labels' | 'identity'>): ExternalSubject | undefined {
  if (labels.length > 0) return undefined;
  const [requirement, ...more] = identity;
  if (requirement === undefined) return { of: 'namespace' };
  const { key, operator, values } = requirement;
  const named = key === 'workload' && ['=', '==', 'in'].includes(operator);
  if (!named || more.length > 0 || values.length > MAX_NAMES) return undefined;
  return { of: 'workloads', names: values };
}
