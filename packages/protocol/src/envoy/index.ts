export { type ControlPlane, PROXY_TYPES, type ProxyType } from '../proxy-type.ts';
export {
  aggregateOf,
  type ClusterNamer,
  type ClusterNaming,
  type ClusterTarget,
  isMergedBackend,
  type NamedDestination,
  parseClusterNaming,
  targetOf,
} from './destinations/cluster-names.ts';
export { EnvoyError, type EnvoyErrorCode } from './envoy-error.ts';
export { type FullMatch, parseFullMatch } from './full-match.ts';
export { claimOf, identify, type PodClaim, type PodIdentity } from './identity/identity.ts';
export { decodeIdentifier, type EnvoyNode } from './identity/node.ts';
export type { Metadata, MetadataValue } from './identity/struct.ts';
export { STREAM_METRICS_PATHS, STREAM_METRICS_RESPONSE } from './method.ts';
export { COUNTER, type Family, GAUGE, HISTOGRAM, type KnownName, SUMMARY } from './metric-family.ts';
export { createNameFilter, FILTER_REACH, type NameFilter, nameKey } from './name-filter.ts';
export { type FamilyChoice, familyNames, type ScannedMessage, scanMessage } from './scan.ts';
export { snapshotTime } from './snapshot-time.ts';
export {
  anyScopes,
  CLUSTER_STATS,
  HTTP_STATS,
  type Naming,
  possibleScopes,
  STAT_SUFFIX,
  scopeDelimiter,
} from './stat-names.ts';
export {
  compileStatsFilter,
  passesRules,
  type StatsFilter,
  type StatsRules,
  statsRulesOf,
} from './stats-filter.ts';
