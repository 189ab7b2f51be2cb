import { parseFullMatch } from './full-match.ts';
import { copied, member, text, texts } from './identity/metadata.ts';
import type { Metadata } from './identity/struct.ts';

/** The inclusion list of a proxy's stats filter, from its node's metadata. */
export interface StatsRules {
  readonly prefixes: readonly string[];
  readonly suffixes: readonly string[];
  /** RE2 expressions that must match a whole name. */
  readonly regexps: readonly string[];
}

/** A longer list is not a real configuration: then no stat passes. */
const MAX_RULES = 64;
/** In characters. No stat name is that long, and a longer expression is not compiled. */
const MAX_RULE = 1000;
const MAX_ADDRESSES = 16;
/** Characters of an IPv6 address with an embedded IPv4 address (INET6_ADDRSTRLEN). */
const MAX_ADDRESS = 46;

/**
 * Reads the filter as Istio configures it (Istio pkg/bootstrap/config.go, getStatsOptions): the annotation
 * `sidecar.istio.io/statsInclusion<Kind>`, if it is not empty, replaces the list of that kind in PROXY_CONFIG's
 * proxyStatsMatcher, and `{pod_ip}` is replaced by each of INSTANCE_IPS. An Envoy without Istio may declare its
 * filter in the same form. The stats that Istio always includes are not about requests.
 *
 * @returns undefined if the metadata has no filter
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
/** Replaces a rule that is too long: as prefix, suffix or expression it matches no stat name. */
const NEVER = '\n';
const NOTHING_PASSES: StatsRules = { prefixes: [], suffixes: [], regexps: [] };

/** Decides whether a stat passes a proxy's filter. */
export type StatsFilter = (name: string) => boolean;

/** Compiles the filter. An invalid expression matches nothing. */
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
 * @param matches whether an expression matches a name; undefined: not known now
 * @returns undefined if it depends on an expression whose result is not known
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
