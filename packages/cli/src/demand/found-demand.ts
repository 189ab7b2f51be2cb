import { type KubeClient, KubeError } from '@activescale/kube';
import {
  type Demand,
  demandReports,
  isOfAllPorts,
  isOfPort,
  keptByAll,
  listedFor,
  liveReports,
  type Metric,
  type Pod,
  REMEMBERED_MS,
  readReports,
  reportName,
  type SourceRecord,
  type Zero,
  zeroDemand,
} from '@activescale/metrics';
import { type DestinationKind, EVERYWHERE, recordNameBeginning } from '@activescale/protocol/record';
import { existing, readPod } from '../cluster/pods.ts';
import { recordedPod } from '../records/read.ts';
import type { RecordReader } from '../records/reader.ts';
import type { RecordSettings } from '../records/settings.ts';
import type { AskedDestination } from './asked-destination.ts';

/** Where the records of destinations and the pods of their sources are. */
export interface DemandPlace {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly store: Pick<RecordReader, 'destinations' | 'slots' | 'keptSince' | 'clock'>;
  readonly settings: Pick<RecordSettings, 'verifyPodIp' | 'metricTtl' | 'demandHold'>;
}

export interface TitledReport {
  /** `edge/gateway-1, port 80` */
  readonly title: string;
  /** undefined: its pod does not exist. */
  readonly source: SourceRecord | undefined;
}

/** What sources report of a destination, as api sees it. */
export interface FoundDemand {
  readonly reports: readonly TitledReport[];
  /** The records of sources whose pods exist. */
  readonly live: readonly SourceRecord[];
  /** Where one port is requested, a source reports all together. */
  readonly isOfAllPorts: boolean;
  /** ms since the epoch by Valkey's clock. */
  readonly now: number;
}

/**
 * Rejects with a StoreError, a NoRecordsError or a KubeError.
 * @param ports the requested port as sources may name it, by number or name; undefined: all ports count
 */
export async function findDemand(
  { kind, name }: Pick<AskedDestination, 'kind' | 'name'>,
  ports: readonly string[] | undefined,
  { client, namespace, store, settings }: DemandPlace,
): Promise<FoundDemand> {
  const since = (store.clock.now() ?? 0) - listedFor(settings.metricTtl);
  const names = await store.destinations(namespace, since, recordNameBeginning(kind, name));
  const all = demandReports(names, kind, name);
  const reports = all.filter((report) => isOfPort(report, ports));
  const live = await liveReports(all, podFinder(client, settings));
  const asked = live.filter((report) => isOfPort(report, ports));
  const read = await readReports(asked, (some) => store.slots(namespace, some));
  return {
    reports: reports.map(({ source, port }) => ({
      title: `${source.namespace}/${source.name}${port === '' ? '' : `, port ${port}`}`,
      source: read.find(({ pod }) => pod.name === reportName({ port, source })),
    })),
    live: read,
    isOfAllPorts: isOfAllPorts(live, name, ports),
    now: store.clock.now() ?? 0,
  };
}

/** Whether demand that may be 0 is 0, as in api. Rejects as `findDemand` does. */
export async function findZero(
  demand: Demand,
  kind: DestinationKind,
  metric: Metric,
  { client, namespace, store, settings }: DemandPlace,
): Promise<Zero> {
  const findPod = podFinder(client, settings);
  const since = (store.clock.now() ?? 0) - REMEMBERED_MS;
  const rests: SourceRecord[] = [];
  const kept: (number | undefined)[] = [];
  for (const place of [namespace, EVERYWHERE]) {
    const names = await store.destinations(place, since, recordNameBeginning(kind, ''));
    const reports = await liveReports(demandReports(names, kind, ''), findPod);
    rests.push(...(await readReports(reports, (some) => store.slots(place, some))));
    kept.push(await store.keptSince(place));
  }
  return zeroDemand(demand, { rests, keptSince: keptByAll(kept) }, metric, store.clock.now() ?? 0, settings);
}

type FindPod = Parameters<typeof liveReports>[1];

/** A pod that this user may not read counts as existing. */
function podFinder(client: KubeClient, { verifyPodIp }: DemandPlace['settings']): FindPod {
  const found = new Map<string, Promise<Pod | undefined>>();
  const find = async (namespace: string, name: string): Promise<Pod | undefined> => {
    try {
      const pod = await readPod(client, namespace, name);
      return existing(pod === undefined ? [] : [pod]).map((each) => recordedPod(each, verifyPodIp))[0];
    } catch (error) {
      if (!(error instanceof KubeError) || error.status !== 403) throw error;
      return { name };
    }
  };
  return (namespace, name) => {
    const key = `${namespace}/${name}`;
    const known = found.get(key) ?? find(namespace, name);
    found.set(key, known);
    return known;
  };
}
