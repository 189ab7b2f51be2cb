import type { Coverage, Failure, MetricValue, Replicas } from './shared.ts';

/** What of the list is visible. */
export interface OverviewQuery {
  /** In the names of namespace, workload and HPA; '' for all. */
  readonly search: string;
  /** From 1. */
  readonly page: number;
}

/** One page of the workloads. */
export interface Overview {
  readonly view: 'overview';
  readonly failures: readonly Failure[];
  /** `namespace shop`, `all namespaces` */
  readonly scope: string;
  /** All workloads, and those that match the search. */
  readonly all: number;
  readonly matching: number;
  readonly search: string;
  readonly page: number;
  readonly pages: number;
  readonly rows: readonly WorkloadRow[];
}

/** A workload with an HPA. */
export interface WorkloadRow {
  readonly namespace: string;
  /** Of the HPA. */
  readonly hpa: string;
  /** `Deployment web` */
  readonly target: string;
  /** The ScaledObject that the HPA belongs to. */
  readonly scaledObject: string | undefined;
  readonly replicas: Replicas;
  readonly metrics: readonly MetricValue[];
  /** undefined: no metric is computed from records. */
  readonly coverage: Coverage | undefined;
  /** Of the oldest record that counts, in ms; undefined: unknown. */
  readonly age: number | undefined;
  /** Why the HPA or the row has no value; '' if nothing is wrong. */
  readonly problem: string;
}
