import {
  decodePodRecord,
  EVERYWHERE,
  headKey,
  type PodRecord,
  parseDemandRecordName,
  RecordError,
  slotsKey,
} from '@activescale/protocol/record';
import type { Store } from '@activescale/store';
import { type ReadReport, readReports, readUnmentioned } from '../demand/read.ts';
import { shareOf } from '../demand/shares.ts';
import { demandValues } from '../demand/values.ts';
import type { RecordSettings } from '../records/settings.ts';
import type { InspectedDestination, InspectedReport, InspectedRest } from './inspected-destination.ts';

type Asked = Pick<InspectedDestination, 'kind' | 'namespace' | 'name'>;
type Settings = Pick<RecordSettings, 'keyPrefix' | 'metricTtl'>;

/** Reads all reports on a destination. @throws Error if there are none */
export async function inspectDestination(
  store: Pick<Store, 'destinations' | 'slots' | 'clock'>,
  { kind, namespace, name }: Asked,
  settings: Settings,
): Promise<InspectedDestination> {
  const reports = await readReports(store, namespace, kind, name);
  const unmentioned = await readUnmentioned(store, namespace, kind);
  if ([...reports, ...unmentioned].every(({ value }) => value === null))
    throw new Error(`no source reports ${kind} ${name} in ${namespace}: none pushes, ${EXCLUDED}`);
  const now = store.clock.now() ?? 0;
  return {
    kind,
    namespace,
    name,
    now,
    total: demandValues(reports, unmentioned, now, settings),
    sources: reports.map((report) => inspectedReport(report, now, settings)),
    unmentioned: unmentioned.map((report) => inspectedRest(report, now, settings)),
  };
}

const EXCLUDED = 'DEMAND_FROM or DEMAND_SOURCES of ingest excludes them, or KEY_PREFIX differs';

function inspectedReport(report: ReadReport, now: number, settings: Settings): InspectedReport {
  return {
    port: report.port,
    ...common(report, now, settings),
    values: demandValues([report], [], now, settings),
    bytes: report.value?.length ?? 0,
    record: decoded(report.value),
  };
}

function inspectedRest(report: ReadReport, now: number, settings: Settings): InspectedRest {
  return { ...common(report, now, settings), everywhere: report.namespace === EVERYWHERE };
}

function common(report: ReadReport, now: number, { keyPrefix, metricTtl }: Settings) {
  const { namespace, recordName, recordNames } = report;
  const keys = {
    head: headKey(keyPrefix, namespace, recordName),
    slots: slotsKey(keyPrefix, namespace, recordName),
  };
  return {
    source: parseDemandRecordName(recordName)?.source ?? report.source,
    keys,
    others: recordNames.filter((each) => each !== recordName),
    ...shareOf(report, now, metricTtl),
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
