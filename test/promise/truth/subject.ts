import type { Incident, Life } from '../envoy/life.ts';
import type { ProxyKind } from '../envoy/names.ts';
import type { Sink } from '../envoy/sink.ts';
import type { Arrived } from '../envoy/timeline.ts';

/** One Envoy as the truth knows it. */
export interface Subject {
  readonly life: Life;
  readonly arrived: readonly Arrived[];
  readonly incidents: readonly Incident[];
  /** No other Envoy pushes for its pod. */
  readonly isAlone: boolean;
  readonly passes: (name: string) => boolean;
  readonly proxy: ProxyKind;
  readonly isFilterShown: boolean;
  readonly flushInterval: number;
  readonly sink: Sink;
  readonly bounds: readonly (readonly number[])[];
}
