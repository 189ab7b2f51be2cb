import type { Family, ProxyType, WantsFamily } from '@activescale/protocol/envoy';
import { GAUGE } from '@activescale/protocol/envoy';

/** What a gauge of Envoy's adds to. Several scopes of one pod are summed. */
export type Signal = 'active' | 'upstreamActive' | 'pending';

/** Which families of a proxy count, and as what. */
export interface ScopeRules {
  /** By name alone, cheap enough for 12,000 families a message: true for some that `signalOf` then refuses. */
  readonly wants: WantsFamily;
  /** Looks at the tags too, which some sinks send as labels. */
  signalOf(family: Family): Signal | undefined;
}

interface Stat {
  readonly prefix: Buffer;
  readonly suffix: Buffer;
  /** The suffix as text. */
  readonly name: string;
  readonly signal: Signal;
}

const STATS: readonly Stat[] = [
  stat('http.', '.downstream_rq_active', 'active'),
  stat('cluster.', '.upstream_rq_active', 'upstreamActive'),
  stat('cluster.', '.upstream_rq_pending_active', 'pending'),
];

function stat(prefix: string, name: string, signal: Signal): Stat {
  return { prefix: Buffer.from(prefix), suffix: Buffer.from(name), name, signal };
}

/** Envoy's own listeners and clients: never a pod's load. */
const NEVER_HTTP = new Set(['admin', 'agent', 'stats', 'async-client']);

/** Clusters of the proxy itself. The sink's own has one request in flight for ever: the stream we read. */
const NEVER_CLUSTER =
  /^(xds-grpc|sds-grpc|prometheus_stats|agent|zipkin|metrics_service|envoy_metrics_service|.*activescale.*)$/;

/** Scopes (http connection managers) that count as the proxy's own load: design.md, "What counts". */
const OWN_LOAD: Readonly<Record<ProxyType, (scope: string) => boolean>> = {
  sidecar: (scope) => scope.startsWith('inbound_') || scope === 'InboundPassthroughCluster',
  router: (scope) => !NEVER_HTTP.has(scope),
  waypoint: (scope) => scope.startsWith('inbound_'), // connect_terminate counts HBONE tunnels
  other: (scope) => !NEVER_HTTP.has(scope),
};

/** Clusters behind which that load waits and runs. */
const UPSTREAM: Readonly<Record<ProxyType, (cluster: string) => boolean>> = {
  sidecar: (cluster) => cluster.startsWith('inbound|') || cluster === 'InboundPassthroughCluster',
  router: (cluster) => cluster.startsWith('outbound|'),
  waypoint: (cluster) => cluster.startsWith('inbound-vip|'),
  other: (cluster) => !NEVER_CLUSTER.test(cluster),
};

/** Names with these prefixes can be refused unseen: on a busy sidecar they are nearly all there is. */
const REFUSED: Readonly<Record<ProxyType, readonly Buffer[]>> = {
  sidecar: ['http.outbound_', 'cluster.outbound|'].map((prefix) => Buffer.from(prefix)),
  router: [],
  waypoint: ['cluster.outbound|'].map((prefix) => Buffer.from(prefix)),
  other: [],
};

/** The rules for one stream. `metricName` takes the place of all of them. */
export function scopeRules(proxy: ProxyType, metricName: string | undefined): ScopeRules {
  return metricName === undefined ? autoRules(proxy) : exactRules(metricName);
}

function exactRules(metricName: string): ScopeRules {
  const name = Buffer.from(metricName);
  return {
    wants: (bytes, start, end) =>
      end - start === name.length && bytes.compare(name, 0, name.length, start, end) === 0,
    signalOf: (family) => (family.type === GAUGE ? 'active' : undefined),
  };
}

function autoRules(proxy: ProxyType): ScopeRules {
  const refused = REFUSED[proxy];
  return {
    wants: (bytes, start, end) => isStat(bytes, start, end) && !hasPrefixOf(refused, bytes, start, end),
    signalOf: (family) => {
      if (family.type !== GAUGE) return undefined;
      const found = STATS.find(({ name }) => family.name.endsWith(name));
      if (found === undefined) return undefined;
      const scope = scopeOf(family, found);
      const counts = found.signal === 'active' ? OWN_LOAD[proxy](scope) : UPSTREAM[proxy](scope);
      return counts ? found.signal : undefined;
    },
  };
}

/**
 * The scope's name: from its tag where the sink emits tags as labels (Istio and stock Envoy spell it differently),
 * and else from what stands between prefix and stat. Istio ends the scope with `;` (constants.StatPrefixDelimiter).
 */
function scopeOf(family: Family, { prefix, suffix, signal }: Stat): string {
  const tag = signal === 'active' ? 'http_conn_manager_prefix' : 'cluster_name';
  const { labels, name } = family;
  for (let i = 0; i < labels.length; i += 2) {
    const label = labels[i] ?? '';
    if (label === tag || label === `envoy.${tag}`) return withoutDelimiter(labels[i + 1] ?? '');
  }
  return withoutDelimiter(name.slice(prefix.length, -suffix.length));
}

function withoutDelimiter(scope: string): string {
  return scope.endsWith(';') ? scope.slice(0, -1) : scope;
}

// The functions below run for every family of every message: plain loops over bytes, nothing allocated.

/** By a name's last two bytes: whether a stat ends so. Two bytes tell nearly every other name apart. */
const ENDINGS = new Uint8Array(0x1_0000);
for (const { suffix } of STATS) ENDINGS[suffix.readUInt16BE(suffix.length - 2)] = 1;

function isStat(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < 2) return false;
  if (ENDINGS[((bytes[end - 2] as number) << 8) | (bytes[end - 1] as number)] === 0) return false;
  for (let i = 0; i < STATS.length; i++) {
    const known = STATS[i] as Stat;
    if (endsWith(bytes, start, end, known.suffix)) return startsWith(bytes, start, end, known.prefix);
  }
  return false;
}

function hasPrefixOf(prefixes: readonly Buffer[], bytes: Buffer, start: number, end: number): boolean {
  for (let i = 0; i < prefixes.length; i++) {
    if (startsWith(bytes, start, end, prefixes[i] as Buffer)) return true;
  }
  return false;
}

function startsWith(bytes: Buffer, start: number, end: number, prefix: Buffer): boolean {
  if (end - start < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (bytes[start + i] !== prefix[i]) return false;
  return true;
}

/** From the last byte on: most names differ there already. */
function endsWith(bytes: Buffer, start: number, end: number, suffix: Buffer): boolean {
  const from = end - suffix.length;
  if (from < start) return false;
  for (let i = suffix.length - 1; i >= 0; i--) if (bytes[from + i] !== suffix[i]) return false;
  return true;
}
