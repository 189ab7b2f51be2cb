import {
  type Family,
  type FullMatch,
  GAUGE,
  HISTOGRAM,
  type ProxyType,
  scopeDelimiter,
  type WantsFamily,
} from '@activescale/protocol/envoy';
import { hasPrefixOf, isStat, STATS_FILTER, type Stat, statOf } from './envoy-stats.ts';
import type { KnownStat, KnownStats, Signalled } from './known-stats.ts';
import { type LoadRules, loadRules } from './load/own-load.ts';
import { createNameMemory } from './name-memory.ts';

/** Which families of a proxy count, and as which stat. */
export interface ScopeRules {
  /**
   * By name only, cheap enough for 12,000 families per message: true for some that `signalOf` then refuses.
   */
  readonly wants: WantsFamily<KnownStat>;
  /** Also by type and tags, which some sinks send as labels. */
  signalOf(family: Family<KnownStat>): Signalled | undefined;
  /** Approximate memory of this stream's names, in bytes. */
  held(): number;
}

/** What the rules of a stream depend on. */
export interface ScopeOptions {
  readonly stats: KnownStats;
  readonly proxy: ProxyType;
  /** Determines the spelling of scopes; '' if unknown. */
  readonly istioVersion?: string;
  /** Name of the only family that counts, as the gauge of active requests. */
  readonly metricName?: string | undefined;
  /** The scopes that the pod or a setting declares as the pod's load. */
  readonly declared?: Declared | undefined;
}

export interface Declared {
  readonly expression: string;
  readonly matches: FullMatch;
}

/**
 * In bytes. Longer names of scopes are invented: Istio's and Envoy Gateway's consist of DNS names and numbers.
 */
const MAX_NAME = 512;

/** Names with these prefixes are excluded first: on a busy sidecar they are most of the rest. */
const REFUSED: Readonly<Record<ProxyType, readonly Buffer[]>> = {
  sidecar: ['http.outbound_', 'cluster.outbound|'].map((prefix) => Buffer.from(prefix)),
  router: [],
  waypoint: ['cluster.outbound|'].map((prefix) => Buffer.from(prefix)),
  other: [],
};

/** The rules for one stream. */
export function scopeRules({
  stats,
  proxy,
  istioVersion = '',
  metricName,
  declared,
}: ScopeOptions): ScopeRules {
  if (metricName !== undefined) return exactRules(metricName);
  return namedRules(stats, proxy, declared, scopeDelimiter({ proxy, istioVersion }));
}

function exactRules(metricName: string): ScopeRules {
  const name = Buffer.from(metricName);
  const signalled: Signalled = {
    signal: 'active',
    scope: metricName,
    role: 'own',
    prefix: metricName,
    port: '',
  };
  return {
    wants: (bytes, start, end) =>
      end - start === name.length && bytes.compare(name, 0, name.length, start, end) === 0,
    signalOf: (family) => (family.type === GAUGE ? signalled : undefined),
    held: () => 0,
  };
}

function namedRules(
  stats: KnownStats,
  proxy: ProxyType,
  declared: Declared | undefined,
  delimiter: string,
): ScopeRules {
  const refused = declared === undefined ? REFUSED[proxy] : [];
  const load = loadRules(proxy, declared?.matches);
  const key = `${proxy} ${declared?.expression ?? ''}`;
  const names = createNameMemory((name) => stats.of(key, name));
  const wants = (bytes: Buffer, start: number, end: number) =>
    names.expected(bytes, start, end) ??
    (end - start <= MAX_NAME &&
      !hasPrefixOf(refused, bytes, start, end) &&
      isStat(bytes, start, end) &&
      names.lookUp(bytes, start, end));
  return {
    wants: Object.assign(wants, { filter: STATS_FILTER }),
    held: names.held,
    signalOf(family) {
      const { type, labels, known: stat } = family;
      if (stat === undefined || labels.length > 0 || type > HISTOGRAM)
        return classify(load, family, delimiter);
      let signalled = stat.signals[type];
      if (signalled === undefined) {
        signalled = classify(load, family, delimiter) ?? null;
        stat.signals[type] = signalled;
      }
      return signalled ?? undefined;
    },
  };
}

function classify(load: LoadRules, family: Family, delimiter: string): Signalled | undefined {
  const stat = statOf(family.name, family.type);
  if (stat === undefined) return undefined;
  const { signal } = stat;
  if (signal === 'uptime') return { signal, scope: '', role: 'own', prefix: '', port: '' };
  if (stat.name === '.downstream_rq_xx' && !isServerError(family)) return undefined;
  const { scope, prefix } = scopeOf(family, stat, delimiter);
  if (scope.length > MAX_NAME || scope.includes('.user_agent.')) return undefined;
  const isHttp = stat.prefix[0] === 0x68; /* h */
  const role = isHttp ? load.http(scope) : load.cluster(scope);
  if (role === 'foreign' || (role === 'egress' && !isHttp)) return undefined;
  if (signal === 'upstreamStarted' && role !== 'candidate') return undefined;
  const port = isHttp ? portOfScope(scope) : portOfCluster(scope);
  return { signal, scope, role, prefix, port };
}

/** Of `inbound_<bind>_<port>`; '' for a passthrough scope. */
function portOfScope(scope: string): string {
  return scope.startsWith('inbound_') ? scope.slice(scope.lastIndexOf('_') + 1) : '';
}

/** Of `inbound|<port>||`. */
function portOfCluster(name: string): string {
  return name.startsWith('inbound|') ? (name.split('|', 2)[1] ?? '') : '';
}

interface ScopeNames {
  /** Its whole name. */
  readonly scope: string;
  readonly prefix: string;
}

/**
 * The names of a scope: its tag if the sink emits tags as labels (Istio and stock Envoy spell it differently;
 * two scopes may share a tag, which stock Envoy cuts at the first dot), otherwise the text between prefix and stat.
 * @param delimiter follows the scope in the names that the stats filter matches; Istio's tags do not have it
 */
function scopeOf(family: Family, { prefix, name: suffix }: Stat, delimiter: string): ScopeNames {
  const { labels, name } = family;
  const kind = prefix.toString();
  const written = name.slice(kind.length, -suffix.length);
  const between = withoutDelimiter(written);
  const tag = labelOf(labels, kind === 'http.' ? 'http_conn_manager_prefix' : 'cluster_name');
  if (tag === undefined) return { scope: between, prefix: `${kind}${written}` };
  const trimmed = withoutDelimiter(tag);
  if (between === '') return { scope: trimmed, prefix: `${kind}${tag === trimmed ? tag + delimiter : tag}` };
  return { scope: `${trimmed}.${between}`, prefix: `${kind}${trimmed}.${written}` };
}

/** The class of responses is `5` with Envoy's tags; some configurations write `5xx`. */
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
