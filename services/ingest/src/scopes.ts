import {
  COUNTER,
  createNameFilter,
  type Family,
  FILTER_REACH,
  GAUGE,
  HISTOGRAM,
  type ProxyType,
  SUMMARY,
  type WantsFamily,
} from '@activescale/protocol/envoy';
import { createNameMemory, type RememberedName } from './name-memory.ts';

/** What a stat of Envoy's tells of its scope. */
export type Signal =
  | 'active'
  | 'upgrades'
  | 'started'
  | 'completed'
  | 'errors'
  | 'reset'
  | 'durations'
  | 'upstreamActive'
  | 'pending'
  | 'uptime';

/** A family that counts: as what, and for which scope of the pod. */
export interface Signalled {
  readonly signal: Signal;
  /** An http connection manager, a cluster, or '' for the proxy as a whole. */
  readonly scope: string;
}

/** Which families of a proxy count, and as what. */
export interface ScopeRules {
  /** By name alone, cheap enough for 12,000 families a message: true for some that `signalOf` then refuses. */
  readonly wants: WantsFamily;
  /** Looks at type and tags too, which some sinks send as labels. */
  signalOf(family: Family): Signalled | undefined;
}

interface Stat {
  readonly prefix: Buffer;
  readonly suffix: Buffer;
  /** The suffix as text. */
  readonly name: string;
  readonly signal: Signal;
  readonly types: readonly number[];
}

const DISTRIBUTION = [HISTOGRAM, SUMMARY];
const STATS: readonly Stat[] = [
  stat('http.', '.downstream_rq_active', 'active', [GAUGE]),
  stat('http.', '.downstream_cx_upgrades_active', 'upgrades', [GAUGE]),
  stat('http.', '.downstream_rq_total', 'started', [COUNTER]),
  stat('http.', '.downstream_rq_completed', 'completed', [COUNTER]),
  stat('http.', '.downstream_rq_5xx', 'errors', [COUNTER]),
  stat('http.', '.downstream_rq_xx', 'errors', [COUNTER]), // with the class as a label
  stat('http.', '.downstream_rq_rx_reset', 'reset', [COUNTER]),
  stat('http.', '.downstream_rq_time', 'durations', DISTRIBUTION),
  stat('cluster.', '.upstream_rq_active', 'upstreamActive', [GAUGE]),
  stat('cluster.', '.upstream_rq_pending_active', 'pending', [GAUGE]),
  stat('server', '.uptime', 'uptime', [GAUGE]),
];

function stat(prefix: string, name: string, signal: Signal, types: readonly number[]): Stat {
  return { prefix: Buffer.from(prefix), suffix: Buffer.from(name), name, signal, types };
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

/** Names with these prefixes are refused unseen: on a busy sidecar they are nearly all that is left. */
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
  const signalled: Signalled = { signal: 'active', scope: metricName };
  return {
    wants: (bytes, start, end) =>
      end - start === name.length && bytes.compare(name, 0, name.length, start, end) === 0,
    signalOf: (family) => (family.type === GAUGE ? signalled : undefined),
  };
}

/** A stat's name, with what it tells of which scope, by the type of its family: Envoy sends histograms in two types. */
interface KnownStat extends RememberedName {
  /** null: nothing; undefined: that was not asked yet. */
  readonly signals: (Signalled | null | undefined)[];
}

/**
 * Pods of a workload name the same stats: known once for all streams, they stay in the processor's caches, where a
 * thousand copies would not. One that has filled up, with the names of a rogue, begins anew.
 */
const KNOWN: Readonly<Record<ProxyType, Map<string, KnownStat>>> = {
  sidecar: new Map(),
  router: new Map(),
  waypoint: new Map(),
  other: new Map(),
};
const MOST_KNOWN = 16_384;

function knownStat(stats: Map<string, KnownStat>, name: string): KnownStat {
  let stat = stats.get(name);
  if (stat === undefined) {
    if (stats.size === MOST_KNOWN) stats.clear();
    stat = { name, utf8: Buffer.from(name), signals: new Array(HISTOGRAM + 1).fill(undefined) };
    stats.set(name, stat);
  }
  return stat;
}

function autoRules(proxy: ProxyType): ScopeRules {
  const refused = REFUSED[proxy];
  const names = createNameMemory((name) => knownStat(KNOWN[proxy], name));
  const classify = (family: Family): Signalled | undefined => {
    const found = STATS.find(({ name, types }) => family.name.endsWith(name) && types.includes(family.type));
    if (found === undefined) return undefined;
    const { signal } = found;
    if (signal === 'uptime') return { signal, scope: '' };
    const { scope, tag } = scopeOf(family, found);
    if (signal === 'upstreamActive' || signal === 'pending') {
      return UPSTREAM[proxy](tag) ? { signal, scope } : undefined;
    }
    if (!OWN_LOAD[proxy](tag) || scope.includes('.user_agent.')) return undefined;
    if (found.name === '.downstream_rq_xx' && !isServerError(family)) return undefined;
    return { signal, scope };
  };
  const wants = (bytes: Buffer, start: number, end: number) =>
    names.expected(bytes, start, end) ??
    (!hasPrefixOf(refused, bytes, start, end) &&
      isStat(bytes, start, end) &&
      names.lookUp(bytes, start, end));
  return {
    wants: Object.assign(wants, { filter: FILTER }),
    signalOf(family) {
      const { type, labels } = family;
      const stat = family.known as KnownStat | undefined;
      if (stat === undefined || labels.length > 0 || type > HISTOGRAM) return classify(family);
      let signalled = stat.signals[type];
      if (signalled === undefined) {
        const found = classify(family);
        signalled = found === undefined ? null : { ...found, scope: interned(found.scope) };
        stat.signals[type] = signalled;
      }
      return signalled ?? undefined;
    },
  };
}

/** Scopes of known stats, which are compared for each stat: one string for each is compared by its address. */
const INTERNED = new Map<string, string>();

function interned(scope: string): string {
  const known = INTERNED.get(scope);
  if (known !== undefined) return known;
  if (INTERNED.size === MOST_KNOWN) INTERNED.clear();
  INTERNED.set(scope, scope);
  return scope;
}

/**
 * A scope's identity, and the name by which the rules know it: its tag where the sink emits tags as labels (Istio and
 * stock Envoy spell it differently; two scopes may share a tag), and else what stands between prefix and stat. Istio
 * ends the scope with `;` (constants.StatPrefixDelimiter).
 */
function scopeOf(family: Family, { prefix, name: suffix }: Stat): { scope: string; tag: string } {
  const { labels, name } = family;
  const between = withoutDelimiter(name.slice(prefix.length, -suffix.length));
  const tag = labelOf(labels, prefix[0] === 0x68 /* h */ ? 'http_conn_manager_prefix' : 'cluster_name');
  if (tag === undefined) return { scope: between, tag: between };
  const trimmed = withoutDelimiter(tag);
  return { scope: between === '' ? trimmed : `${trimmed}.${between}`, tag: trimmed };
}

/** The class of answers is `5` with Envoy's own tags; some configurations write `5xx`. */
function isServerError({ labels }: Family): boolean {
  return labelOf(labels, 'response_code_class')?.startsWith('5') === true;
}

function labelOf(labels: readonly string[], tag: string): string | undefined {
  for (let i = 0; i < labels.length; i += 2) {
    const label = labels[i] ?? '';
    if (label === tag || (label.startsWith('envoy.') && label.slice(6) === tag)) return labels[i + 1];
  }
  return undefined;
}

function withoutDelimiter(scope: string): string {
  return scope.endsWith(';') ? scope.slice(0, -1) : scope;
}

/** Stats that the filter knows; the others are looked for among the short names, which it lets through. */
const isLong = ({ suffix }: Stat) => suffix.length >= FILTER_REACH;
const LONG = STATS.filter(isLong);
const SHORT = STATS.filter((stat) => !isLong(stat));
const FILTER = createNameFilter(LONG.map(({ prefix, suffix }) => Buffer.concat([prefix, suffix])));

// The functions below run for each family that the filter lets through: plain loops over bytes, nothing allocated.

function isStat(bytes: Buffer, start: number, end: number): boolean {
  return isOneOf(end - start < FILTER_REACH ? SHORT : LONG, bytes, start, end);
}

function isOneOf(stats: readonly Stat[], bytes: Buffer, start: number, end: number): boolean {
  for (let i = 0; i < stats.length; i++) {
    const { prefix, suffix } = stats[i] as Stat;
    if (startsWith(bytes, start, end, prefix) && endsWith(bytes, start, end, suffix)) return true;
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

function endsWith(bytes: Buffer, start: number, end: number, suffix: Buffer): boolean {
  const from = end - suffix.length;
  if (from < start) return false;
  for (let i = suffix.length - 1; i >= 0; i--) if (bytes[from + i] !== suffix[i]) return false;
  return true;
}
