import type { Segment } from './segments.ts';

/** A time with one number of replicas. In ms since the first sample. */
export interface Phase {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** undefined: unknown. */
  readonly replicas: number | undefined;
}

/** The replicas over time, without the load. */
export function phasesOf(segments: readonly Segment[]): Phase[] {
  const phases: Phase[] = [];
  for (const { from, to, replicas } of segments) {
    const last = phases.at(-1);
    if (last?.replicas === replicas && last !== undefined) phases[phases.length - 1] = { ...last, to };
    else phases.push({ from, to, replicas });
  }
  return phases;
}
