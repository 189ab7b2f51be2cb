import { keptByAll } from '@activescale/metrics';
import {
  decodePodRecord,
  EVERYWHERE,
  type PodRecord,
  parseDemandRecordName,
  RecordError,
} from '@activescale/protocol/record';
import { type ReadReport, readReports, readUnmentioned } from '../demand/read.ts';
import { shareOf } from '../demand/shares.ts';
import { demandValues, sourceRecord } from '../demand/values.ts';
import type { RecordReader } from '../records/reader.ts';
import type { RecordSettings } from '../records/settings.ts';
import type { InspectedDestination, InspectedReport, InspectedRest } from './inspected-destination.ts';
import { type KeySettings, recordKeys } from './record-keys.ts';

type Asked = Pick<InspectedDestination, 'kind' | 'namespace' | 'name'>;
type Settings = Pick<RecordSettings, 'metricTtl'> & KeySettings;

/** Reads all reports on a destination. @throws Error if there are none */
export async function inspectDestination(
  store: Pick<RecordReader, 'destinations' | 'slots' | 'keptSince' | 'clock'>,
  { kind, namespace, name }: Asked,
  settings: Settings,
): Promise<InspectedDestination> {
  const reports = await readReports(store, namespace, kind, name);
  const unmentioned = await readUnmentioned(store, namespace, kind);
  if ([...reports, ...unmentioned].every(({ value }) => value === null))
    throw new Error(`no source reports ${kind} ${name} in ${namespace}: none pushes, ${EXCLUDED}`);
  const kept = [await store.keptSince(namespace), await store.keptSince(EVERYWHERE)];
  const now = store.clock.now() ?? 0;
  // Only the cluster knows whether the source of an expired record is gone.
  const present = ({ value }: ReadReport) => value !== null;
  const evidence = {
    rests: unmentioned.filter(present).map(sourceRecord),
    keptSince: keptByAll(kept),
  };
  return {
    kind,
    namespace,
    name,
    now,
    total: demandValues(reports.filter(present), evidence, now, settings),
    sources: reports.map((report) => inspectedReport(report, now, settings)),
    unmentioned: unmentioned.map((report) => inspectedRest(report, now, settings)),
  };
}

const EXCLUDED = 'DEMAND_FROM or DEMAND_SOURCES of ingest excludes them, or KEY_PREFIX differs';

function inspectedReport(report: ReadReport, now: number, settings: Settings): InspectedReport {
  return {
    port: report.port,
    ...common(report, now, settings),
    values: demandValues([report], undefined, now, settings),
    bytes: report.value?.length ?? 0,
    record: decoded(report.value),
  };
}

function inspectedRest(report: ReadReport, now: number, settings: Settings): InspectedRest {
  return { ...common(report, now, settings), everywhere: report.namespace === EVERYWHERE };
}

function common(report: ReadReport, now: number, settings: Settings) {
  const { namespace, recordName, recordNames } = report;
  return {
    source: parseDemandRecordName(recordName)?.source ?? report.source,
    keys: recordKeys(settings, namespace, recordName),
    others: recordNames.filter((each) => each !== recordName),
    ...shareOf(report, now, settings.metricTtl),
  };
}

function decoded(value: Buffer | null): PodRecord | undefined {
  try {
    return value === null ? undefined : decodePodRecord(value);
  } catch (error) {
    if (error instanceof RecordError) return undefined;
    throw error;
  }
}
