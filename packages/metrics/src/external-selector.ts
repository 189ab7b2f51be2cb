import type { LabelSelector } from '@activescale/protocol/kubernetes';
import { OVER } from './window-selector.ts';

/** What the selector of an external metric says, by what it is about. */
export interface ExternalSelector {
  /** Requirements on the labels of pods. */
  readonly labels: LabelSelector;
  /** Requirements on `pod` and `workload`, the names of the pod and of what it belongs to. */
  readonly identity: LabelSelector;
  /** Requirements on the window. */
  readonly over: LabelSelector;
}

/** Keys that are not labels of pods. */
const IDENTITY = ['pod', 'workload'];

/** An external metric has one selector for all: which pods, and over which window. */
export function splitExternalSelector(selector: LabelSelector): ExternalSelector {
  return {
    labels: selector.filter(({ key }) => key !== OVER && !IDENTITY.includes(key)),
    identity: selector.filter(({ key }) => IDENTITY.includes(key)),
    over: selector.filter(({ key }) => key === OVER),
  };
}

/** What a question of an external metric is about, so that it can be asked whether that exists. */
export type ExternalSubject =
  | { readonly of: 'namespace' }
  | { readonly of: 'workloads'; readonly names: readonly string[] };

/** Names in one question whose workloads are looked up. */
const MAX_NAMES = 8;

/**
 * undefined: labels and names of pods are of nothing that could exist without pods, so that one without a match may as
 * well be a typing error.
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
