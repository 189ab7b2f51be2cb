import type { Metric, Omission } from '@activescale/metrics';
import type { LabelSelector } from '@activescale/protocol/kubernetes';

/** Observes answers. No answer depends on it. */
export interface AnswerObserver {
  /** A pod of an answer has no value. */
  onOmitted(reason: Omission): void;
  /** A sample of this age is in an answer, in ms. */
  observeAge(age: number): void;
  /** The share of the pods of an aggregate that are included in its value. */
  observeCoverage(share: number): void;
  onAnswer(answer: Answer): void;
}

/** An answer to an HPA about several pods. */
export interface Answer {
  readonly namespace: string;
  /** As in the path: `deployments.apps`, `pods`; empty for an external metric. */
  readonly resource: string;
  /** Empty if pods were selected by labels. */
  readonly name: string;
  readonly selector: LabelSelector;
  readonly metric: Metric;
  /** The value of one item, the mean of several, which the HPA compares; undefined: there is none. */
  readonly value: number | undefined;
  /** The oldest sample in it, ms since the epoch by Valkey's clock. */
  readonly timestamp: number;
  /** Time of the answer, likewise. */
  readonly now: number;
  /** The number of pods, and of those with a value. */
  readonly pods: number;
  readonly counted: number;
  /** Pods without a value, by reason. */
  readonly omitted: ReadonlyMap<Omission, number>;
}
