import { RE2JS } from 're2js';
import type { ProxyType } from './identity.ts';
import type { Metadata, MetadataValue } from './node.ts';

/** The gauge of active requests as each kind of proxy names it, on a port that stands for any. */
const GAUGES: Readonly<Record<ProxyType, string | undefined>> = {
  sidecar: 'http.inbound_0.0.0.0_8080;.downstream_rq_active',
  router: 'http.outbound_0.0.0.0_8080;.downstream_rq_active',
  waypoint: 'http.inbound_0.0.0.0_8080;.downstream_rq_active',
  other: undefined, // an Envoy that Istio did not configure says nothing of its filter
};

/** A longer list is nobody's configuration; the rest of it is not looked at. */
const MOST_RULES = 256;

/**
 * Whether the proxy's stats filter lets the gauge of active requests through, as its own metadata shows. The
 * annotation `sidecar.istio.io/statsInclusion<Kind>` replaces the list of that kind in PROXY_CONFIG's
 * proxyStatsMatcher (Istio pkg/bootstrap/config.go). A regular expression must match the whole name (Envoy's
 * safe_regex) and is run by RE2, like Envoy does: it comes from outside, and RE2 cannot be made to hang.
 */
export function letsGaugeThrough(metadata: Metadata, proxy: ProxyType): boolean {
  const gauge = GAUGES[proxy];
  if (gauge === undefined) return false;
  const annotations = member(metadata, 'ANNOTATIONS');
  const matcher = member(member(metadata, 'PROXY_CONFIG'), 'proxyStatsMatcher');
  const rules = (kind: 'Prefixes' | 'Suffixes' | 'Regexps'): string[] => {
    const annotation = member(annotations, `sidecar.istio.io/statsInclusion${kind}`);
    const list = typeof annotation === 'string' ? annotation.split(',') : member(matcher, `inclusion${kind}`);
    if (!Array.isArray(list)) return [];
    return list.filter((rule) => typeof rule === 'string' && rule !== '').slice(0, MOST_RULES);
  };
  return (
    rules('Prefixes').some((prefix) => gauge.startsWith(prefix)) ||
    rules('Suffixes').some((suffix) => gauge.endsWith(suffix)) ||
    rules('Regexps').some((pattern) => matchesWhole(pattern, gauge))
  );
}

function matchesWhole(pattern: string, name: string): boolean {
  if (pattern.length > 1000) return false;
  try {
    return RE2JS.matches(pattern, name);
  } catch {
    return false; // Envoy would not have started with it
  }
}

function member(value: MetadataValue | undefined, key: string): MetadataValue | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return (value as Metadata)[key];
}
