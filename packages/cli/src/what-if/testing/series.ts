import type { LoadSample, LoadSeries, ReplayedHpa, ReplayedMetric } from '../series/load-series.ts';

/** active_requests of a Deployment, ten for each pod. */
export const METRIC: ReplayedMetric = {
  type: 'Object',
  name: 'active_requests',
  text: 'active_requests of Deployment web (Object, averageValue 10)',
  target: 10_000,
  momentary: true,
};

export function hpaOf(fields: Partial<ReplayedHpa> = {}): ReplayedHpa {
  return {
    namespace: 'shop',
    name: 'web',
    target: { kind: 'Deployment', name: 'web' },
    min: 1,
    max: 20,
    behavior: { scaleDown: { stabilizationWindowSeconds: 0 } },
    metrics: [METRIC],
    ...fields,
  };
}

/** A sample a second with the load at that second, all pods ready. */
export function seriesOf(
  loads: readonly (number | undefined)[],
  { replicas = 2, ...hpa }: Partial<ReplayedHpa> & { readonly replicas?: number } = {},
): LoadSeries {
  const samples = loads.map(
    (load, second): LoadSample => ({ at: 1_000 * second, loads: [load], replicas, ready: replicas }),
  );
  return { hpa: hpaOf(hpa), step: 1_000, samples };
}
