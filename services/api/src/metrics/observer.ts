import type { LeftOut, Metric } from '@activescale/metrics';
import type { LabelSelector } from '@activescale/protocol/kubernetes';

/** Observes answers. No answer depends on it. */
export interface AnswerObserver {
  /** A pod of an answer has no value. */
  onOmitted(reason: LeftOut): void;
  /** A sample of this age is in an answer, in ms. */
  observeAge(age: number): void;
  /** This share of the pods of an aggregate is in its value. */
  observeCoverage(share: number): void;
  onAnswer(answer: Answer): void;
}

/** An answer to an HPA about several pods. */
export interface Answer {
  readonly namespace: string;
  /** As in the path: `deployments.apps`, `pods`; empty for an external metric. */
  readonly resource: string;
  /** Empty where pods were selected by labels. */
  readonly name: string;
  readonly selector: LabelSelector;
  readonly metric: Metric;
  /** Of one item its value, of several their mean, which is what the HPA compares; undefined: there was none. */
  readonly value: number | undefined;
  /** Of the oldest sample in it, ms since the epoch by Valkey's clock. */
  readonly timestamp: number;
  /** When it was given, likewise. */
  readonly now: number;
  /** The pods in question, and how many of them have a value. */
  readonly pods: number;
  readonly counted: number;
  /** Pods that have none, by reason. */
  readonly omitted: ReadonlyMap<LeftOut, number>;
}
