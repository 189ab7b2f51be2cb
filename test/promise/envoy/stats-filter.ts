import type { ProxyType } from '@activescale/protocol/envoy';
import type { Json } from '@activescale/protocol/testing';
import fc from 'fast-check';
import type { Place } from './names.ts';

/** A proxy's stats filter: Envoy keeps the stats that some rule matches. */
export interface FilterSpec {
  readonly prefixes: readonly string[];
  readonly suffixes: readonly string[];
  /** Of whole names. */
  readonly expressions: readonly string[];
  /** Where the node's metadata shows it. */
  readonly shownIn: 'proxy config' | 'annotations' | 'nowhere';
}

/** undefined: Envoy keeps all. */
export type Filter = FilterSpec | undefined;

/** Whether a stat passes. Istio lets the uptime of its proxies pass, whatever their filter is (pkg/bootstrap/config.go). */
export function passesFilter(filter: Filter, proxy: ProxyType): (name: string) => boolean {
  if (filter === undefined) return () => true;
  const { prefixes, suffixes } = filter;
  const expressions = filter.expressions.map((expression) => new RegExp(`^(?:${expression})$`));
  return (name) =>
    (proxy !== 'other' && name === 'server.uptime') ||
    prefixes.some((prefix) => name.startsWith(prefix)) ||
    suffixes.some((suffix) => name.endsWith(suffix)) ||
    expressions.some((expression) => expression.test(name));
}

const STATS = [
  'downstream_rq_active',
  'downstream_rq_total',
  'downstream_rq_completed',
  'downstream_rq_5xx',
  'downstream_rq_rx_reset',
  'downstream_rq_time',
  'downstream_cx_upgrades_active',
];
const CLUSTER_STATS = ['upstream_rq_active', 'upstream_rq_pending_active', 'upstream_rq_total'];

const quoted = (text: string) => text.replaceAll(/[.|[\]()]/g, '\\$&');

/** Of an Envoy without a filter that says so. */
export const EVERYTHING: FilterSpec = {
  prefixes: [],
  suffixes: [],
  expressions: ['.*'],
  shownIn: 'proxy config',
};

/** Filters for a proxy with these places, correct and with typical mistakes. */
export function filters(places: readonly Place[]): fc.Arbitrary<Filter> {
  const https = places.map(({ http }) => http);
  const clusters = places.map(({ cluster }) => cluster);
  const prefix = fc.constantFrom(
    'http.',
    'http.inbound',
    'http.outbound',
    'http.i',
    'cluster.',
    'cluster.inbound',
    'cluster.outbound|',
    'server.',
    ...https,
    ...clusters,
  );
  const suffix = fc.constantFrom(
    ...[...STATS, ...CLUSTER_STATS].map((stat) => `.${stat}`),
    '_active',
    '_total',
    'x',
  );
  const some = (stats: readonly string[]) =>
    fc.oneof(
      { weight: 2, arbitrary: fc.constant(`(${stats.join('|')})`) },
      {
        weight: 3,
        arbitrary: fc.subarray([...stats], { minLength: 1 }).map((list) => `(${list.join('|')})`),
      },
      { weight: 1, arbitrary: fc.constant('.*_active') },
    );
  const scope = (kind: string, names: readonly string[], listed: readonly string[]) =>
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...listed) },
      { weight: 2, arbitrary: fc.constantFrom(...names).map(quoted) },
      { weight: 1, arbitrary: fc.constant(`${kind}\\..*`) },
    );
  const httpScope = scope('http', https, [
    'http\\.(inbound_[^;]*|InboundPassthroughCluster);',
    'http\\.(inbound_.*|InboundPassthroughClusterIpv[46])',
    'http\\.inbound_.*',
    'http\\.inbound_0\\.0\\.0\\.0_[0-9]+;?',
    'http\\..*',
  ]);
  const clusterScope = scope('cluster', clusters, [
    'cluster\\.(inbound\\|.*|InboundPassthroughCluster);',
    'cluster\\.inbound.*',
    'cluster\\.outbound\\|.*;?',
    'cluster\\..*',
  ]);
  const expression = fc.oneof(
    { weight: 3, arbitrary: fc.tuple(httpScope, some(STATS)).map((parts) => parts.join('\\.')) },
    { weight: 2, arbitrary: fc.tuple(clusterScope, some(CLUSTER_STATS)).map((parts) => parts.join('\\.')) },
    { weight: 1, arbitrary: fc.constantFrom('server\\.uptime', '.*', 'http\\..*', 'cluster\\..*') },
  );
  const spec = fc.record({
    prefixes: fc.oneof(fc.constant([]), fc.array(prefix, { maxLength: 2 })),
    suffixes: fc.oneof(fc.constant([]), fc.array(suffix, { maxLength: 3 })),
    expressions: fc.array(expression, { maxLength: 3 }),
    shownIn: fc.constantFrom('proxy config', 'annotations'),
  });
  // Each place is shown as a whole or not at all.
  const chosen = (names: readonly string[]) =>
    fc.subarray([...names]).map((some) => some.map((name) => `${name}.`));
  const byPlace = fc
    .tuple(chosen(https), fc.oneof(fc.constant(['cluster.']), chosen(clusters)))
    .map(([http, cluster]) => ({
      prefixes: [...http, ...cluster],
      suffixes: [],
      expressions: [],
      shownIn: 'proxy config',
    }));
  // What is said of pods whose filter is not shown rests on filters that treat all scopes alike.
  const hidden = fc.record({
    prefixes: fc.constant([]),
    suffixes: fc.array(suffix, { maxLength: 6 }),
    expressions: fc.constant([]),
    shownIn: fc.constant('nowhere'),
  });
  // But where a stat is missing of a scope that arrives, nothing rests on that.
  const gauges = fc
    .subarray([...https])
    .map((some) => some.map((name) => `${name}.downstream_rq_active`))
    .map((prefixes) => ({
      prefixes,
      suffixes: [],
      expressions: ['http\\..*_(total|completed|5xx|rx_reset|time)', 'cluster\\..*'],
      shownIn: 'nowhere',
    }));
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 2, arbitrary: fc.constant(EVERYTHING) },
    { weight: 8, arbitrary: spec as fc.Arbitrary<FilterSpec> },
    { weight: 2, arbitrary: byPlace as fc.Arbitrary<FilterSpec> },
    { weight: 1, arbitrary: hidden as fc.Arbitrary<FilterSpec> },
    { weight: 1, arbitrary: gauges as fc.Arbitrary<FilterSpec> },
  );
}

/** What the node's metadata says of it. */
export function metadataOf(filter: Filter): { readonly [key: string]: Json } {
  if (filter === undefined || filter.shownIn === 'nowhere') return {};
  const { prefixes, suffixes, expressions } = filter;
  if (filter.shownIn === 'proxy config') {
    const matcher = {
      inclusionPrefixes: prefixes,
      inclusionSuffixes: suffixes,
      inclusionRegexps: expressions,
    };
    return { PROXY_CONFIG: { proxyStatsMatcher: matcher } };
  }
  return {
    ANNOTATIONS: {
      'sidecar.istio.io/statsInclusionPrefixes': prefixes.join(','),
      'sidecar.istio.io/statsInclusionSuffixes': suffixes.join(','),
      'sidecar.istio.io/statsInclusionRegexps': expressions.join(','),
    },
  };
}
