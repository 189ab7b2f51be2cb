import type { MetricValue } from '@activescale/protocol/kubernetes';
import type { DestinationKind } from '@activescale/protocol/record';

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
  /** Gateways report demand, those in `edge` for every namespace; undefined: DEMAND_FROM=off. */
  readonly demand?: { readonly edge: string };
  /** By rising time. */
  readonly deliveries: readonly Delivery[];
  /** When the store loses its data, rising. */
  readonly losses?: readonly number[];
  /** When to look at the store, rising. */
  readonly moments: readonly number[];
}

export interface StoredRecord {
  readonly namespace: string;
  readonly name: string;
  readonly head: Buffer;
  readonly slots: Buffer;
}

/** What the store holds at a moment. */
export interface Snapshot {
  readonly records: readonly StoredRecord[];
  /** The last arrivals of all records, also of expired ones, in ms since the epoch. */
  readonly arrivals: readonly { readonly namespace: string; readonly name: string; readonly at: number }[];
  /** Since when it has kept all records, in ms since the epoch; undefined: not known. */
  readonly keptSince: number | undefined;
}

/** As the settings METRIC_TTL, in ms, and IDLE_AS_ZERO say. */
export interface SimulatedRules {
  readonly metricTtl: number;
  readonly idleAsZero: 'peers' | 'always' | 'never';
}
/** What a watch of pods reports. */
export interface PodEvent {
  /** ms since the epoch, by Valkey's clock. */
  readonly at: number;
  readonly namespace: string;
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

/** A question about destinations of the namespace `shop`. */
export interface DemandQuestion {
  readonly now: number;
  /** As the settings METRIC_TTL and DEMAND_HOLD say, in ms. */
  readonly rules: { readonly metricTtl: number; readonly demandHold: number };
  readonly podEvents: readonly PodEvent[];
  readonly snapshot: Snapshot;
  readonly destinations: readonly AskedDemand[];
}

export interface AskedDemand {
  readonly kind: DestinationKind;
  readonly name: string;
  /** undefined: all ports. */
  readonly port: string | undefined;
}

/** By metric, the value of each destination in the order of the question; undefined: unknown. */
export type DemandAnswer = ReadonlyMap<string, readonly (MetricValue | undefined)[]>;

/** The values of one metric. */
export interface MetricAnswer {
  /** Of the pods that have one. */
  readonly pods: readonly MetricValue[];
  /** Of the workload that owns them all. */
  readonly workload: MetricValue | undefined;
}
