import {
  type Family,
  type FullMatch,
  GAUGE,
  HISTOGRAM,
  type ProxyType,
  scopeDelimiter,
  type WantsFamily,
} from '@activescale/protocol/envoy';
import { hasPrefixOf, isStat, type Signal, STATS_FILTER, type Stat, statOf } from './envoy-stats.ts';
import { createNameMemory, type RememberedName } from './name-memory.ts';
import { type LoadRules, loadRules, type Role } from './own-load.ts';

/** A family that counts: as what, and for which scope of the pod. */
export interface Signalled {
  readonly signal: Signal;
  /** An http connection manager, a cluster, or '' for the proxy as a whole. */
  readonly scope: string;
  readonly role: Role;
  /** What the names of the scope's stats begin with, as the proxy's stats filter sees them. */
  readonly prefix: string;
}

/** Which families of a proxy count, and as what. */
export interface ScopeRules {
  /** By name alone, cheap enough for 12,000 families a message: true for some that `signalOf` then refuses. */
  readonly wants: WantsFamily;
  /** Looks at type and tags too, which some sinks send as labels. */
  signalOf(family: Family): Signalled | undefined;
  /** About how many bytes of memory the names of this stream take. */
  held(): number;
}

/** What decides about the families of a stream. */
export interface ScopeOptions {
  readonly proxy: ProxyType;
  /** Decides how the proxy spells its scopes; '' where it is unknown. */
  readonly istioVersion?: string;
  /** Name of the only family that counts, as the gauge of active requests. */
  readonly metricName?: string | undefined;
  /** The scopes that are the pod's own load, as the pod or a setting declares them. */
  readonly declared?: Declared | undefined;
}

export interface Declared {
  readonly expression: string;
  readonly matches: FullMatch;
}

/** In bytes. Longer names of scopes are made up: Istio's and Envoy Gateway's consist of DNS names and numbers. */
const MAX_NAME = 512;

/** Names with these prefixes are refused unseen: on a busy sidecar they are nearly all that is left. */
const REFUSED: Readonly<Record<ProxyType, readonly Buffer[]>> = {
  sidecar: ['http.outbound_', 'cluster.outbound|'].map((prefix) => Buffer.from(prefix)),
  router: [],
  waypoint: ['cluster.outbound|'].map((prefix) => Buffer.from(prefix)),
  other: [],
};

/** The rules for one stream. */
export function scopeRules({ proxy, istioVersion = '', metricName, declared }: ScopeOptions): ScopeRules {
  if (metricName !== undefined) return exactRules(metricName);
  return namedRules(proxy, declared, scopeDelimiter({ proxy, istioVersion }));
}

function exactRules(metricName: string): ScopeRules {
  const name = Buffer.from(metricName);
  const signalled: Signalled = { signal: 'active', scope: metricName, role: 'own', prefix: metricName };
  return {
    wants: (bytes, start, end) =>
      end - start === name.length && bytes.compare(name, 0, name.length, start, end) === 0,
    signalOf: (family) => (family.type === GAUGE ? signalled : undefined),
    held: () => 0,
  };
}

/** A stat's name, with what it says about which scope, by the type of its family: Envoy sends histograms in two types. */
interface KnownStat extends RememberedName {
  /** null: nothing; undefined: not looked at yet. */
  readonly signals: (Signalled | null | undefined)[];
}

/**
 * Pods of a workload name the same stats: known once for all streams, they stay in the processor's caches, where a
 * thousand copies would not. By proxy type and declaration.
 */
const KNOWN = new Map<string, Map<string, KnownStat>>();
/** Names in all of its maps. */
const MAX_KNOWN = 16_384;
let known = 0;

function knownStat(rules: string, name: string): KnownStat {
  let stats = KNOWN.get(rules);
  let stat = stats?.get(name);
  if (stat !== undefined) return stat;
  if (known === MAX_KNOWN) {
    KNOWN.clear();
    known = 0;
    stats = undefined;
  }
  if (stats === undefined) {
    stats = new Map();
    KNOWN.set(rules, stats);
  }
  stat = { name, utf8: Buffer.from(name), signals: new Array(HISTOGRAM + 1).fill(undefined) };
  stats.set(name, stat);
  known++;
  return stat;
}

function namedRules(proxy: ProxyType, declared: Declared | undefined, delimiter: string): ScopeRules {
  const refused = declared === undefined ? REFUSED[proxy] : [];
  const load = loadRules(proxy, declared?.matches);
  const key = `${proxy} ${declared?.expression ?? ''}`;
  const names = createNameMemory((name) => knownStat(key, name));
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
      const { type, labels } = family;
      const stat = family.known as KnownStat | undefined;
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
  if (signal === 'uptime') return { signal, scope: '', role: 'own', prefix: '' };
  if (stat.name === '.downstream_rq_xx' && !isServerError(family)) return undefined;
  const { scope, tag, prefix } = scopeOf(family, stat, delimiter);
  if (scope.length > MAX_NAME || scope.includes('.user_agent.')) return undefined;
  const isHttp = stat.prefix[0] === 0x68; /* h */
  const role = isHttp ? load.http(tag) : load.cluster(tag);
  if (role === 'foreign' || (role === 'egress' && !isHttp)) return undefined;
  if (signal === 'upstreamStarted' && role !== 'candidate') return undefined;
  return { signal, scope: interned(scope), role, prefix };
}

const INTERNED = new Map<string, string>();

/** Equal scopes are one string: they are compared by address then, at each flush of each pod. */
function interned(scope: string): string {
  const known = INTERNED.get(scope);
  if (known !== undefined) return known;
  if (INTERNED.size === MAX_KNOWN) INTERNED.clear();
  INTERNED.set(scope, scope);
  return scope;
}

interface ScopeNames {
  /** Its identity. */
  readonly scope: string;
  /** The name by which the rules know it. */
  readonly tag: string;
  readonly prefix: string;
}

/**
 * A scope's names: its tag where the sink emits tags as labels (Istio and stock Envoy spell it differently; two scopes
 * may share a tag), and else what stands between prefix and stat.
 * @param delimiter ends the scope in the name that the stats filter sees; Istio's tags leave it out
 */
function scopeOf(family: Family, { prefix, name: suffix }: Stat, delimiter: string): ScopeNames {
  const { labels, name } = family;
  const kind = prefix.toString();
  const written = name.slice(kind.length, -suffix.length);
  const between = withoutDelimiter(written);
  const tag = labelOf(labels, kind === 'http.' ? 'http_conn_manager_prefix' : 'cluster_name');
  if (tag === undefined) return { scope: between, tag: between, prefix: `${kind}${written}` };
  const trimmed = withoutDelimiter(tag);
  if (between === '')
    return { scope: trimmed, tag: trimmed, prefix: `${kind}${tag === trimmed ? tag + delimiter : tag}` };
  return { scope: `${trimmed}.${between}`, tag: trimmed, prefix: `${kind}${trimmed}.${written}` };
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
