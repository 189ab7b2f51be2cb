import {
  canonicalAddress,
  type DemandRecordName,
  type DestinationKind,
  HOLD_MS,
  parseDemandRecordName,
  recordNameBeginning,
} from '@activescale/protocol/record';
import { newest } from '../pod-records.ts';
import type { Pod } from '../samples.ts';
import type { SourceRecord } from './demand.ts';

/** The longest time for which a flush interval makes a record fresh, in ms. METRIC_TTL may be longer. */
const MAX_LIFE_MS = 300_000;

/** How long a report is searched for after its last flush, in ms: its record has expired by then. */
export function listedFor(metricTtl: number): number {
  return Math.max(MAX_LIFE_MS, metricTtl + HOLD_MS);
}

/** How long a stale source is remembered while its pod exists, in ms: as long as the index lists it. */
export const REMEMBERED_MS = 3_600_000;

/** The report of one source about one port of a destination. */
export interface DemandReport extends Omit<DemandRecordName, 'kind'> {
  /** The names of its records: one for each address from which the source has pushed. */
  readonly recordNames: readonly string[];
}

/** A report whose source exists. `pod` has the name of the report. */
export interface LiveReport {
  readonly destination: string;
  readonly port: string;
  readonly pod: Pod;
  readonly recordNames: readonly string[];
}

/** A pod of the cluster, undefined if there is none of this name. */
type FindPod = (namespace: string, name: string) => Pod | undefined | Promise<Pod | undefined>;

/**
 * The reports of the given records that are about a kind of destination.
 * @param recordNames of demand records of a namespace
 * @param name of the destination; undefined: all destinations; '': those that are not mentioned
 */
export function demandReports(
  recordNames: readonly string[],
  kind: DestinationKind,
  name: string | undefined,
): DemandReport[] {
  const reports = new Map<string, DemandReport & { readonly recordNames: string[] }>();
  const beginning = recordNameBeginning(kind, name);
  for (const recordName of recordNames) {
    // A namespace may have thousands of records, and a query is for only a few.
    if (!recordName.startsWith(beginning)) continue;
    const parsed = parseDemandRecordName(recordName);
    if (parsed === undefined || (name !== undefined && parsed.name !== name)) continue;
    const { source, port } = parsed;
    const key = `${parsed.name}/${port}<${source.namespace}/${source.name}`;
    const known = reports.get(key);
    if (known === undefined) reports.set(key, { name: parsed.name, port, source, recordNames: [recordName] });
    else known.recordNames.push(recordName);
  }
  return [...reports.values()];
}

/** Whether a report is about one of these ports; undefined: all count. */
export function isOfPort(
  { port }: Pick<DemandReport, 'port'>,
  ports: readonly string[] | undefined,
): boolean {
  return ports?.includes(port) ?? true;
}

/**
 * Whether a source reports all ports of a destination together, as a route has none and some clusters' names have none:
 * no other source proves that one of the ports has no demand.
 * @param ports the requested one; undefined: all count
 */
export function isOfAllPorts(
  reports: readonly LiveReport[],
  name: string,
  ports: readonly string[] | undefined,
): boolean {
  return ports !== undefined && reports.some(({ destination, port }) => destination === name && port === '');
}

/** The name of a source's report about one port. */
export function reportName({ port, source }: Pick<DemandReport, 'port' | 'source'>): string {
  return `${port}<${source.namespace}/${source.name}`;
}

/** The source of a report by its name: `edge/gateway-1`. */
export function sourceOf(reportName: string): string {
  return reportName.slice(reportName.indexOf('<') + 1);
}

/** The reports whose pod exists. If the pod's addresses are known, records from other addresses are dropped. */
export async function liveReports(reports: readonly DemandReport[], findPod: FindPod): Promise<LiveReport[]> {
  const live = await Promise.all(
    reports.map(async ({ name, port, source, recordNames }): Promise<LiveReport | undefined> => {
      const pod = await findPod(source.namespace, source.name);
      if (pod === undefined) return undefined;
      const { ips, ...existing } = pod;
      const addresses = ips && new Set(ips.map(canonicalAddress));
      const own = recordNames.filter(
        (each) => addresses?.has(parseDemandRecordName(each)?.source.verifiedIp ?? '') ?? true,
      );
      return {
        destination: name,
        port,
        pod: { ...existing, name: reportName({ port, source }) },
        recordNames: own,
      };
    }),
  );
  return live.filter((report) => report !== undefined);
}

/** A report with its record, the newest if its source has pushed from several addresses; null if there is none. */
export interface ReadReport extends LiveReport, SourceRecord {}

/** @param read returns the values of these records in order; not called for none */
export async function readReports(
  reports: readonly LiveReport[],
  read: (recordNames: readonly string[]) => Promise<readonly (Buffer | null)[]>,
): Promise<ReadReport[]> {
  const names = reports.flatMap(({ recordNames }) => recordNames);
  const records = names.length === 0 ? [] : await read(names);
  let at = 0;
  return reports.map((report) => {
    const from = at;
    at += report.recordNames.length;
    return { ...report, record: newest(records.slice(from, at)) };
  });
}
