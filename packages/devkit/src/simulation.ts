import type { MetricValue } from '@activescale/protocol/kubernetes';

// The inputs and results of tests that run the code of both services, each in its own process, in simulated time.

/** A message of a stream, or its end. */
export interface Delivery {
  readonly stream: number;
  /** ms since the epoch, by Valkey's clock. */
  readonly at: number;
  /** undefined: the stream ends. */
  readonly message: Buffer | undefined;
}

export interface Simulation {
  readonly metricTtl: number;
  readonly counterMode: 'cumulative' | 'delta';
  /** By rising time. */
  readonly deliveries: readonly Delivery[];
  /** When to look at the store, rising. */
  readonly moments: readonly number[];
}

export interface StoredRecord {
  readonly name: string;
  readonly head: Buffer;
  readonly slots: Buffer;
}

/** What the store holds at each moment. */
export type Snapshots = readonly (readonly StoredRecord[])[];

/** As the settings METRIC_TTL, in ms, and IDLE_AS_ZERO say. */
export interface SimulatedRules {
  readonly metricTtl: number;
  readonly idleAsZero: 'peers' | 'always' | 'never';
}
/** What a watch of pods reports. */
export interface PodEvent {
  /** ms since the epoch, by Valkey's clock. */
  readonly at: number;
  readonly name: string;
  /** RFC 3339; undefined: the pod is gone. */
  readonly created: string | undefined;
}

export interface Question {
  readonly now: number;
  readonly rules: SimulatedRules;
  /** By rising time, up to now. */
  readonly podEvents: readonly PodEvent[];
  /** The values of head and slots keys, by the pod's name. */
  readonly records: ReadonlyMap<string, { readonly head: Uint8Array; readonly slots: Uint8Array }>;
}

/** The values of one metric. */
export interface MetricAnswer {
  /** Of the pods that have one. */
  readonly pods: readonly MetricValue[];
  /** Of the workload that owns them all. */
  readonly workload: MetricValue | undefined;
}
