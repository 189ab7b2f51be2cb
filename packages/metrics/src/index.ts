export { builtInCatalogue, type Catalogue, catalogueOf } from './catalogue.ts';
export { type ParsedCatalogue, parseCatalogue, parseTarget, TARGET_TEXT } from './catalogue-file.ts';
export { type Demand, type DemandRules, demandOf, type SourceRecord } from './demand/demand.ts';
export {
  type DemandReport,
  demandReports,
  isOfAllPorts,
  isOfPort,
  type LiveReport,
  listedFor,
  liveReports,
  REMEMBERED_MS,
  type ReadReport,
  readReports,
  reportName,
} from './demand/reports.ts';
export { type DemandSelector, parseDemandSelector } from './demand/selector.ts';
export { type Doubt, mayBeZero, type Zero, type ZeroEvidence, zeroDemand } from './demand/zero.ts';
export { addBuckets, type Buckets, quantileOf } from './distribution.ts';
export {
  type ExternalSelector,
  type ExternalSubject,
  splitExternalSelector,
  subjectOf,
} from './external-selector.ts';
export { isComplete, keptByAll } from './kept-since.ts';
export {
  factOf,
  isDemand,
  kindOfSum,
  type Metric,
  type MetricFunction,
  RECENT_REJECTION,
  readsSlots,
  type Signal,
  statsOf,
} from './metric.ts';
export { MetricSelectorError, type SelectedMetric, selectMetric } from './metric-selector.ts';
export { readPodRecords } from './pod-records.ts';
export { type Aggregate, aggregate, podValues } from './pod-values.ts';
export {
  freshness,
  type IdleAsZero,
  type Omission,
  type Pod,
  provenStats,
  type Sample,
  type SampleRules,
  takeSamples,
  unlessBroken,
} from './samples.ts';
export {
  type CatalogueFile,
  demandHoldSetting,
  idleAsZeroSetting,
  metricsFileSetting,
  readCatalogueFile,
  verifyPodIpSetting,
} from './settings.ts';
export { lastValue } from './values.ts';
export { type Totals, totalsOf } from './windows.ts';
