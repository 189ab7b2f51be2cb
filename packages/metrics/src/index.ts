export { builtInCatalogue, type Catalogue, catalogueOf } from './catalogue.ts';
export { type ParsedCatalogue, parseCatalogue } from './catalogue-file.ts';
export {
  type ExternalSelector,
  type ExternalSubject,
  splitExternalSelector,
  subjectOf,
} from './external-selector.ts';
export { kindOfSum, type Metric, type MetricFunction, type Signal, statsOf } from './metric.ts';
export { readPodRecords } from './pod-records.ts';
export { type Aggregate, aggregate, podValues } from './pod-values.ts';
export {
  freshness,
  type IdleAsZero,
  type LeftOut,
  type Pod,
  type Sample,
  type SampleRules,
  takeSamples,
} from './samples.ts';
export {
  type CatalogueFile,
  idleAsZeroSetting,
  metricsFileSetting,
  readCatalogueFile,
  verifyPodIpSetting,
} from './settings.ts';
export { lastValue } from './values.ts';
export { MetricSelectorError, withSelectedWindow } from './window-selector.ts';
export { type Totals, totalsOf } from './windows.ts';
