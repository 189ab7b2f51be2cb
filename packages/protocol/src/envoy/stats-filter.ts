import { type FullMatch, parseFullMatch } from './full-match.ts';
import { member, text, texts } from './identity/metadata.ts';
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
const MAX_ADDRESSES = 16;

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
  const addresses = text(metadata.INSTANCE_IPS).split(',', MAX_ADDRESSES);
  const listOf = (kind: 'Prefixes' | 'Suffixes' | 'Regexps'): string[] => {
    const annotation = text(member(annotations, `sidecar.istio.io/statsInclusion${kind}`));
    const list =
      annotation === '' ? texts(member(matcher, `inclusion${kind}`)) : annotation.split(',', MAX_RULES + 1);
    return list
      .filter((rule) => rule !== '')
      .slice(0, MAX_RULES + 1)
      .flatMap((rule) => (rule.includes(POD_IP) ? addresses.map((ip) => rule.replaceAll(POD_IP, ip)) : rule));
  };
  const rules = { prefixes: listOf('Prefixes'), suffixes: listOf('Suffixes'), regexps: listOf('Regexps') };
  const count = rules.prefixes.length + rules.suffixes.length + rules.regexps.length;
  if (count === 0) return undefined;
  return count > MAX_RULES ? NOTHING_PASSES : rules;
}

const POD_IP = '{pod_ip}';
const NOTHING_PASSES: StatsRules = { prefixes: [], suffixes: [], regexps: [] };

/** Tells whether a stat passes a proxy's filter. */
export type StatsFilter = (name: string) => boolean;

/** Compiles the filter, which may take a millisecond for each expression. One that cannot be compiled lets nothing pass. */
export function compileStatsFilter({ prefixes, suffixes, regexps }: StatsRules): StatsFilter {
  const matches = regexps
    .map(parseFullMatch)
    .filter((match): match is FullMatch => typeof match === 'function');
  return (name) =>
    prefixes.some((prefix) => name.startsWith(prefix)) ||
    suffixes.some((suffix) => name.endsWith(suffix)) ||
    matches.some((match) => match(name));
}
