import type { FamilySpec } from '@activescale/protocol/testing';

// A gateway and what its Envoy sends.

export const GATEWAY = { id: 'gw-0', metadata: { NAME: 'gw-0', NAMESPACE: 'edge' } };
const SHOWN = { PROXY_CONFIG: { proxyStatsMatcher: { inclusionPrefixes: ['cluster.', 'http.'] } } };
export const ROUTER = {
  id: 'router~10.1.0.7~gw-0.edge~edge.svc.cluster.local',
  metadata: { NAME: 'gw-0', NAMESPACE: 'edge', ISTIO_VERSION: '1.27.0', ...SHOWN },
};
/** Gateways like `ROUTER`, each in its own pod. */
export function routers(count: number) {
  return Array.from({ length: count }, (_, i) => {
    const name = `gw-${i}`;
    const id = `router~10.1.0.${i + 7}~${name}.edge~edge.svc.cluster.local`;
    return { id, metadata: { ...ROUTER.metadata, NAME: name } };
  });
}
export const WEB = 'service/web/80<edge/gw-0';
export const REST = 'rest/service<edge/gw-0';

export interface Stats {
  readonly active?: number;
  readonly pending?: number;
  readonly total?: number;
  readonly completed?: number;
  readonly errors?: number;
  readonly overflow?: number;
  readonly unhealthy?: number;
  readonly took?: { readonly count: number; readonly sum: number };
}

/** A cluster's stats as Envoy sends them: only those that were used. */
export function cluster(name: string, stats: Stats): FamilySpec[] {
  const { active, pending = active === undefined ? undefined : 0, took, ...counters } = stats;
  const names = {
    total: 'upstream_rq_total',
    completed: 'upstream_rq_completed',
    errors: 'upstream_rq_5xx',
    overflow: 'upstream_rq_pending_overflow',
    unhealthy: 'upstream_cx_none_healthy',
  };
  const gauges = { upstream_rq_active: active, upstream_rq_pending_active: pending };
  return [
    ...Object.entries(counters).map(([stat, counter]) => ({
      name: `cluster.${name}.${names[stat as keyof typeof names]}`,
      counter,
    })),
    ...Object.entries(gauges).flatMap(([stat, gauge]) =>
      gauge === undefined ? [] : [{ name: `cluster.${name}.${stat}`, gauge }],
    ),
    ...(took === undefined
      ? []
      : [{ name: `cluster.${name}.upstream_rq_time`, histogram: { ...took, buckets: [] } }]),
  ];
}

/** The Service web in the namespace shop. */
export const web = (stats: Stats): FamilySpec[] => cluster('outbound|80||web.shop.svc.cluster.local;', stats);
