import type { DestinationObject } from '@activescale/kube';
import { type Metric, RECENT_REJECTION } from '@activescale/metrics';
import type { MetricSpec } from '@activescale/protocol/keda';
import type { LabelSelector } from '@activescale/protocol/kubernetes';

/** What a trigger measures, in the namespace of its ScaledObject. */
export type Subject =
  | {
      readonly of: 'workload';
      /** As in a path of the custom metrics API: `deployments.apps`. */
      readonly resource: string;
      readonly name: string;
    }
  | { readonly of: 'destination'; readonly kind: DestinationObject; readonly name: string }
  | { readonly of: 'pods'; readonly selector: LabelSelector };

/** A value that is read for a trigger. */
export interface Reading {
  readonly namespace: string;
  /** With the selected window. */
  readonly metric: Metric;
  /** Of a demand metric; undefined: all ports count. */
  readonly port: string | undefined;
  readonly subject: Subject;
}

/** A trigger of a ScaledObject. */
export interface Trigger extends Reading {
  /** Above 0. */
  readonly target: number;
  /** The trigger is active above this value. */
  readonly activation: number;
}

/** Equal for triggers that are active at the same times. */
export function activityKey({ namespace, metric, port, subject, activation }: Trigger): string {
  const { name, signal, function: kind, window, quantile } = metric;
  return JSON.stringify([namespace, name, signal, kind, window, quantile, port, subject, activation]);
}

/**
 * KEDA's name of a trigger's metric, to which it adds the number of the trigger. In lower case, because the HPA requests
 * external metrics so.
 */
export function metricNameOf({ metric }: Trigger): string {
  return metric.name.toLowerCase();
}

export function metricSpecOf(trigger: Trigger): MetricSpec {
  const { target } = trigger;
  return {
    metricName: metricNameOf(trigger),
    targetSize: Math.max(1, Math.ceil(target)),
    targetSizeFloat: target,
  };
}

/** Whether a request to the trigger's destination was rejected recently; undefined: the trigger has no destination. */
export function rejectionOf({ namespace, port, subject }: Reading): Reading | undefined {
  return subject.of === 'destination' ? { namespace, metric: RECENT_REJECTION, port, subject } : undefined;
}
