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
