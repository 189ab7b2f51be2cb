import {
  compileStatsFilter,
  type Metadata,
  STAT_SUFFIX,
  type StatsFilter,
  statsRulesOf,
} from '@activescale/protocol/envoy';
import { STAT, type StatName, type StatSet } from '@activescale/protocol/record';
import { statNames } from '../../records/missing-stats.ts';
import type { Finding } from '../finding.ts';

const RESTART = 'then restart the pods: it is part of the bootstrap';

/** A sidecar's scopes in Istio 1.23 and newer, and in older versions; the version is not known here. */
const SPELLINGS = [
  {
    http: ['http.inbound_0.0.0.0_8080;', 'http.InboundPassthroughCluster;'],
    cluster: ['cluster.inbound|8080||;', 'cluster.InboundPassthroughCluster;'],
  },
  {
    http: ['http.inbound_0.0.0.0_8080', 'http.InboundPassthroughClusterIpv4'],
    cluster: ['cluster.inbound|8080||', 'cluster.InboundPassthroughClusterIpv4'],
  },
];

/** Whether a sidecar's stats filter drops stats that the HPA's metrics need. */
export function filterProblem(metadata: Metadata, needed: StatSet): Omit<Finding, 'subject'> | undefined {
  const rules = statsRulesOf(metadata);
  const filter = rules === undefined ? () => false : compileStatsFilter(rules);
  const [fewest = 0] = SPELLINGS.map((names) => dropped(filter, names, needed | STAT.active)).sort(
    (a, b) => bits(a) - bits(b),
  );
  if (fewest === 0) return undefined;
  const annotation = annotationOf(metadata);
  const where = annotation ?? 'proxyStatsMatcher';
  const replaces = annotation === undefined ? '' : ', which replaces the list of the mesh,';
  return {
    code: 'ASC216',
    problem: `the stats filter in ${where}${replaces} drops ${statNames(fewest)}`,
    fix: `add the regular expressions of docs/proxies/istio.md; ${RESTART}`,
  };
}

function dropped(
  filter: StatsFilter,
  { http, cluster }: (typeof SPELLINGS)[number],
  needed: StatSet,
): StatSet {
  let stats: StatSet = 0;
  for (const name of Object.keys(STAT) as StatName[]) {
    if ((needed & STAT[name]) === 0) continue;
    const scopes = name === 'upstreamActive' || name === 'pending' ? cluster : http;
    if (!scopes.every((scope) => filter(`${scope}${STAT_SUFFIX[name]}`))) stats |= STAT[name];
  }
  return stats;
}

function bits(stats: StatSet): number {
  return Object.values(STAT).filter((bit) => (stats & bit) !== 0).length;
}

function annotationOf({ ANNOTATIONS: annotations }: Metadata): string | undefined {
  const keys = typeof annotations === 'object' && annotations !== null ? Object.keys(annotations) : [];
  return keys.find((key) => key.includes('/statsInclusion'));
}
