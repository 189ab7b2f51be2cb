import {
  aggregateOf,
  type Family,
  type FamilyChoice,
  type FullMatch,
  GAUGE,
  HISTOGRAM,
  type NameFilter,
  type ProxyType,
  scopeDelimiter,
} from '@activescale/protocol/envoy';
import type { StreamTargets } from './demand/cluster-targets.ts';
import {
  ALL_STATS,
  hasPrefixOf,
  isOfExternal,
  LOAD_STATS,
  type Stat,
  type StatTable,
  statNamed,
  statOf,
} from './envoy-stats.ts';
import type { KnownStat, KnownStats, Signalled } from './known-stats.ts';
import { type LoadRules, loadRules } from './load/own-load.ts';
import { createNameMemory, type Learner, NAMES, NAMES_WITH_DEMAND, type NameMemory } from './name-memory.ts';

/**
 * Which families of a proxy count, and as which stat. The choice is by name only, cheap enough for 12,000 families per message:
 * `wants` is true for some that `signalOf` then refuses.
 */
export interface ScopeRules extends FamilyChoice<KnownStat> {
  /** Also by type and tags, which some sinks send as labels. */
  signalOf(family: Family<KnownStat>): Signalled | undefined;
  /** The stream reports demand. */
  readonly hasDemand: boolean;
  /** Approximate memory of this stream's names, in bytes. */
  held(): number;
  /** Whether stats of demand were refused since the last call, because there are too many of them. */
  lacksDemand(): boolean;
}

/** What the rules of a stream depend on. */
export interface ScopeOptions {
  readonly stats: KnownStats;
  readonly proxy: ProxyType;
  /** Determines the spelling of scopes; '' if unknown. */
  readonly istioVersion?: string;
  /** Name of the only metric family that counts, as the gauge of requests in flight. */
  readonly metricName?: string | undefined;
  /** The scopes that the pod or a setting declares as the pod's load. */
  readonly declared?: Declared | undefined;
  /** Where the requests of a cluster go; undefined: the stream does not report demand. */
  readonly targets?: StreamTargets | undefined;
}

export interface Declared {
  readonly expression: string;
  readonly matches: FullMatch;
}

/**
 * In bytes. Longer names of scopes are invented: Istio's and Envoy Gateway's consist of DNS names and numbers.
 */
const MAX_NAME = 512;

/**
 * A message may have this many stats of demand whose names are not remembered: more than there are of the most
 * destinations of a source, and few enough for the limit of families of a message.
 */
const MAX_UNKNOWN = 8_192;

/** Names with these prefixes are excluded first: on a busy sidecar they are most of the rest. */
const REFUSED: Readonly<Record<ProxyType, readonly Buffer[]>> = {
  sidecar: ['http.outbound_', 'cluster.outbound|'].map((prefix) => Buffer.from(prefix)),
  router: [],
  waypoint: ['cluster.outbound|'].map((prefix) => Buffer.from(prefix)),
  other: [],
};

/** If sidecars report demand too, all requests that they send count. */
const REFUSED_WITH_DEMAND: readonly Buffer[] = [Buffer.from('http.outbound_')];

/** The rules for one stream. */
export function scopeRules(options: ScopeOptions): ScopeRules {
  const { metricName } = options;
  return metricName === undefined ? new NamedRules(options) : exactRules(metricName);
}

function exactRules(metricName: string): ScopeRules {
  const name = Buffer.from(metricName);
  const signalled: Signalled = {
    signal: 'active',
    scope: metricName,
    role: 'own',
    prefix: metricName,
    port: '',
    target: undefined,
  };
  return {
    wants: (bytes, start, end) =>
      end - start === name.length && bytes.compare(name, 0, name.length, start, end) === 0,
    signalOf: (family) => (family.type === GAUGE ? signalled : undefined),
    hasDemand: false,
    held: () => 0,
    lacksDemand: () => false,
  };
}

/** Everything on which the meaning of a family depends. */
interface Classifier {
  readonly table: StatTable;
  readonly load: LoadRules;
  readonly delimiter: string;
  readonly targets: StreamTargets | undefined;
}

/** A class: functions of its own would take 0.5 KB of each stream. */
class NamedRules implements ScopeRules, Learner<KnownStat>, Classifier {
  readonly hasDemand: boolean;
  readonly filter: NameFilter;
  readonly table: StatTable;
  readonly load: LoadRules;
  readonly delimiter: string;
  readonly targets: StreamTargets | undefined;
  readonly #stats: KnownStats;
  /** Streams with the same one share their stats. */
  readonly #key: string;
  readonly #refused: readonly Buffer[];
  readonly #names: NameMemory<KnownStat>;
  /** Stats of demand in this message whose names do not fit into the memory. */
  #unknown = 0;

  constructor({ stats, proxy, istioVersion = '', declared, targets }: ScopeOptions) {
    this.hasDemand = targets !== undefined;
    this.table = this.hasDemand ? ALL_STATS : LOAD_STATS;
    this.filter = this.table.filter;
    this.load = loadRules(proxy, declared?.matches);
    this.delimiter = scopeDelimiter({ proxy, istioVersion });
    this.targets = targets;
    this.#stats = stats;
    this.#key = `${proxy} ${targets?.key} ${declared?.expression ?? ''}`;
    this.#refused = declared !== undefined ? [] : refusedOf(proxy, this.hasDemand);
    this.#names = createNameMemory(this, this.hasDemand ? NAMES_WITH_DEMAND : NAMES);
  }

  wants(bytes: Buffer, start: number, end: number): KnownStat | boolean {
    return (
      this.#names.expected(bytes, start, end) ??
      (end - start <= MAX_NAME &&
        !hasPrefixOf(this.#refused, bytes, start, end) &&
        this.#lookUp(statNamed(this.table, bytes, start, end), bytes, start, end))
    );
  }

  learn(name: string): KnownStat {
    return this.#stats.of(this.#key, name);
  }

  signalOf(family: Family<KnownStat>): Signalled | undefined {
    const { type, labels, known: stat } = family;
    if (stat === undefined || labels.length > 0 || type > HISTOGRAM) return classify(this, family);
    let signalled = stat.signals[type];
    if (signalled === undefined) {
      signalled = this.#classified(family) ?? null;
      if (signalled?.target !== 'later') stat.signals[type] = signalled;
    }
    return signalled ?? undefined;
  }

  held(): number {
    return this.#names.held();
  }

  lacksDemand(): boolean {
    const lacks = this.#unknown > MAX_UNKNOWN;
    this.#unknown = 0;
    return lacks;
  }

  #lookUp(stat: Stat | undefined, bytes: Buffer, start: number, end: number): KnownStat | boolean {
    if (stat === undefined || (stat.isDemand && isOfExternal(stat, bytes, start, end))) return false;
    const known = this.#names.lookUp(bytes, start, end);
    return known === true && stat.isDemand ? ++this.#unknown <= MAX_UNKNOWN : known;
  }

  #classified(family: Family): Signalled | undefined {
    const signalled = classify(this, family);
    return signalled && { ...signalled, scope: this.#stats.scope(signalled.scope) };
  }
}

function refusedOf(proxy: ProxyType, hasDemand: boolean): readonly Buffer[] {
  return hasDemand && proxy === 'sidecar' ? REFUSED_WITH_DEMAND : REFUSED[proxy];
}

function classify({ table, load, delimiter, targets }: Classifier, family: Family): Signalled | undefined {
  const stat = statOf(table, family.name, family.type);
  if (stat === undefined) return undefined;
  const { signal } = stat;
  if (signal === 'uptime') return { signal, scope: '', role: 'own', prefix: '', port: '', target: undefined };
  if (stat.name.endsWith('_xx') && !isServerError(family)) return undefined;
  const { scope, prefix } = scopeOf(family, stat, delimiter);
  if (scope.length > MAX_NAME || scope.includes('.user_agent.')) return undefined;
  const isHttp = stat.prefix[0] === 0x68; /* h */
  if (!isHttp) return classifyCluster(stat, { scope, prefix }, load, targets);
  const role = load.http(scope);
  if (role === 'foreign') return undefined;
  return { signal, scope, role, prefix, port: portOfScope(scope), target: undefined };
}

function classifyCluster(
  { signal, isDemand }: Stat,
  { scope: cluster, prefix }: ScopeNames,
  load: LoadRules,
  targets: StreamTargets | undefined,
): Signalled | undefined {
  const scope = aggregateOf(cluster);
  // After the delimiter: a cluster's requests by their origin.
  const target = load.isPlumbing(scope) || scope.includes(';') ? undefined : targets?.of(scope);
  const role = load.cluster(scope);
  const isLoad = role === 'own' || role === 'candidate';
  if (!isLoad && target === undefined) return undefined;
  const isOfDestination = target !== undefined && target !== 'elsewhere';
  if (isDemand && !isOfDestination) return undefined;
  if (signal === 'upstreamStarted' && role !== 'candidate' && !isOfDestination) return undefined;
  return { signal, scope, role: isLoad ? role : 'demand', prefix, port: portOfCluster(scope), target };
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
  const tag =
    consulTag(labels, kind) ??
    labelOf(labels, kind === 'http.' ? 'http_conn_manager_prefix' : 'cluster_name');
  if (tag === undefined) return { scope: between, prefix: `${kind}${written}` };
  const trimmed = withoutDelimiter(tag);
  if (between === '') return { scope: trimmed, prefix: `${kind}${tag === trimmed ? tag + delimiter : tag}` };
  return { scope: `${trimmed}.${between}`, prefix: `${kind}${trimmed}.${written}` };
}

/** Consul makes more tags of a scope, and stock tags have its beginning only (command/connect/envoy/bootstrap_config.go). */
function consulTag(labels: readonly string[], kind: string): string | undefined {
  const isHttp = kind === 'http.';
  const value = labelOf(labels, isHttp ? 'consul.upstream.service' : 'consul.destination.full_target');
  if (value === undefined) return undefined;
  return isHttp ? `upstream.${value}` : `${value}.consul`;
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
