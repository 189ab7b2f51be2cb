import { parseFullMatch } from './full-match.ts';
import { copied, member, text, texts } from './identity/metadata.ts';
import type { Metadata } from './identity/struct.ts';

/** The inclusion list of a proxy's stats filter, as its node's metadata shows it. */
export interface StatsRules {
  readonly prefixes: readonly string[];
  readonly suffixes: readonly string[];
  /** RE2 expressions that must match a whole name. */
  readonly regexps: readonly string[];
}

/** A longer list is nobody's configuration: nothing then counts as passing. */
const MAX_RULES = 64;
/** In characters. No stat name is as long, and a longer expression is not compiled. */
const MAX_RULE = 1000;
const MAX_ADDRESSES = 16;
/** Characters of an IPv6 address with an embedded IPv4 address (INET6_ADDRSTRLEN). */
const MAX_ADDRESS = 46;

/**
 * Reads the filter as Istio configures it (Istio pkg/bootstrap/config.go, getStatsOptions): the annotation
 * `sidecar.istio.io/statsInclusion<Kind>`, if it is not empty, replaces the list of that kind in PROXY_CONFIG's
 * proxyStatsMatcher, and `{pod_ip}` stands for each of INSTANCE_IPS. An Envoy that Istio did not configure may show its
 * filter in the same form. What Istio adds of its own holds no stat of requests.
 *
 * @returns undefined where the metadata shows no filter
 */
export function statsRulesOf(metadata: Metadata): StatsRules | undefined {
  const annotations = member(metadata, 'ANNOTATIONS');
  const matcher = member(member(metadata, 'PROXY_CONFIG'), 'proxyStatsMatcher');
  const addresses = text(metadata.INSTANCE_IPS)
    .split(',', MAX_ADDRESSES)
    .filter((address) => address.length <= MAX_ADDRESS);
  const listOf = (kind: 'Prefixes' | 'Suffixes' | 'Regexps'): string[] => {
    const annotation = text(member(annotations, `sidecar.istio.io/statsInclusion${kind}`));
    const list =
      annotation === '' ? texts(member(matcher, `inclusion${kind}`)) : annotation.split(',', MAX_RULES + 1);
    return list
      .filter((rule) => rule !== '')
      .slice(0, MAX_RULES + 1)
      .map((rule) => (rule.length > MAX_RULE ? NEVER : copied(rule)))
      .flatMap((rule) => (rule.includes(POD_IP) ? addresses.map((ip) => rule.replaceAll(POD_IP, ip)) : rule));
  };
  const rules = { prefixes: listOf('Prefixes'), suffixes: listOf('Suffixes'), regexps: listOf('Regexps') };
  const count = rules.prefixes.length + rules.suffixes.length + rules.regexps.length;
  if (count === 0) return undefined;
  return count > MAX_RULES ? NOTHING_PASSES : rules;
}

const POD_IP = '{pod_ip}';
/** Stands for a rule that is too long to be one: as prefix, suffix or expression it matches no stat name. */
const NEVER = '\n';
const NOTHING_PASSES: StatsRules = { prefixes: [], suffixes: [], regexps: [] };

/** Tells whether a stat passes a proxy's filter. */
export type StatsFilter = (name: string) => boolean;

/** Compiles the filter. An expression that cannot be compiled lets nothing pass. */
export function compileStatsFilter(rules: StatsRules): StatsFilter {
  const compiled = new Map(rules.regexps.map((regexp) => [regexp, parseFullMatch(regexp)]));
  const matches = (regexp: string, name: string) => {
    const match = compiled.get(regexp);
    return typeof match === 'function' && match(name);
  };
  return (name) => passesRules(rules, name, matches) === true;
}

/**
 * Whether a stat passes a filter.
 * @param matches whether an expression matches a name; undefined: nobody knows now
 * @returns undefined where that depends on an expression of which nobody knows
 */
export function passesRules(
  { prefixes, suffixes, regexps }: StatsRules,
  name: string,
  matches: (regexp: string, name: string) => boolean | undefined,
): boolean | undefined {
  if (prefixes.some((prefix) => name.startsWith(prefix))) return true;
  if (suffixes.some((suffix) => name.endsWith(suffix))) return true;
  let passes: boolean | undefined = false;
  for (const regexp of regexps) {
    const match = matches(regexp, name);
    if (match === true) return true;
    if (match === undefined) passes = undefined;
  }
  return passes;
}
