import fc from 'fast-check';
import { EVERYTHING, type Filter, type FilterSpec } from '../envoy/stats-filter.ts';
import type { GatewayPlace } from './names.ts';

/** The stats of a cluster that demand is computed from. */
export const CLUSTER_STATS = [
  'upstream_rq_active',
  'upstream_rq_pending_active',
  'upstream_rq_total',
  'upstream_rq_completed',
  'upstream_rq_5xx',
  'upstream_rq_time',
  'upstream_rq_pending_overflow',
  'upstream_cx_none_healthy',
] as const;
export type ClusterStat = (typeof CLUSTER_STATS)[number];

const LISTENER = 'http\\..*\\.downstream_rq_(active|total)';
const CLUSTERS = [
  'cluster\\..*',
  'cluster\\.(outbound|inbound-vip)\\|.*;?',
  'cluster\\.outbound\\|80\\|\\|.*;?',
  'cluster\\.(outbound\\|.*|inbound-vip.*|(http|grpc)route/.*|shop_.*|.*\\.consul);?',
  'cluster\\.[^8]*80[^8]*',
];

const quoted = (text: string) => text.replaceAll(/[.|[\]()]/g, '\\$&');

/** Filters for a gateway with these clusters, correct and with typical mistakes. */
export function gatewayFilters(places: readonly GatewayPlace[]): fc.Arbitrary<Filter> {
  const stats = fc.oneof(
    { weight: 3, arbitrary: fc.constant([...CLUSTER_STATS]) },
    { weight: 2, arbitrary: fc.subarray([...CLUSTER_STATS], { minLength: 1 }) },
    { weight: 1, arbitrary: fc.subarray([...CLUSTER_STATS], { minLength: 6 }) },
  );
  // A setting that names the cluster of a failover must name those of its targets too (docs/proxies/others.md).
  const named = places.filter(({ member }) => member === undefined).map(({ cluster }) => cluster);
  const clusters = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...CLUSTERS) },
    { weight: 1, arbitrary: fc.constantFrom(...named.map(quoted)) },
  );
  const listener = fc.constantFrom(LISTENER, LISTENER, LISTENER, 'server\\..*');
  const shown: fc.Arbitrary<FilterSpec> = fc
    .record({
      rules: fc.array(fc.tuple(clusters, stats), { minLength: 1, maxLength: 2 }),
      listener,
      shownIn: fc.constantFrom('proxy config' as const, 'annotations' as const),
    })
    .map(({ rules, listener, shownIn }) => ({
      prefixes: [],
      suffixes: [],
      // None has a comma: Istio's annotations separate expressions by commas.
      expressions: [listener, ...rules.map(([cluster, names]) => `${cluster}\\.(${names.join('|')})`)],
      shownIn,
    }));
  const byPrefix: fc.Arbitrary<FilterSpec> = fc
    .subarray(
      ['cluster.', 'cluster.outbound|80', 'cluster.shop_', ...named.map((cluster) => `${cluster}.`)],
      {
        minLength: 1,
        maxLength: 2,
      },
    )
    .map((prefixes) => ({
      prefixes: ['http.', ...prefixes],
      suffixes: [],
      expressions: [],
      shownIn: 'proxy config',
    }));
  // What is said of destinations of a gateway that does not show its filter rests on filters that treat all clusters alike.
  const hidden: fc.Arbitrary<FilterSpec> = fc.tuple(stats, fc.boolean()).map(([names, hasListener]) => ({
    prefixes: hasListener ? ['http.'] : [],
    suffixes: names.map((name) => `.${name}`),
    expressions: [],
    shownIn: 'nowhere',
  }));
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 4, arbitrary: fc.constant(EVERYTHING) },
    { weight: 5, arbitrary: shown as fc.Arbitrary<Filter> },
    { weight: 2, arbitrary: byPrefix as fc.Arbitrary<Filter> },
    { weight: 2, arbitrary: hidden as fc.Arbitrary<Filter> },
  );
}
