import { type KubeClient, KubeError } from '@activescale/kube';
import {
  demandReports,
  isOfAllPorts,
  liveReports,
  type Metric,
  type Pod,
  readReports,
  type SourceRecord,
  unmentionedDemand,
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
  readonly store: Pick<RecordReader, 'destinations' | 'slots' | 'clock'>;
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
  const names = await store.destinations(namespace, 0, recordNameBeginning(kind, name));
  const all = demandReports(names, kind, name);
  const reports = all.filter(({ port }) => ports?.includes(port) ?? true);
  const live = await liveReports(reports, podFinder(client, settings));
  const read = await readReports(live, (some) => store.slots(namespace, some));
  return {
    reports: reports.map(({ source, port }) => ({
      title: `${source.namespace}/${source.name}${port === '' ? '' : `, port ${port}`}`,
      source: read.find(({ pod }) => pod.name === `${port}<${source.namespace}/${source.name}`),
    })),
    live: read,
    isOfAllPorts: isOfAllPorts(all, name, ports),
    now: store.clock.now() ?? 0,
  };
}

/** The sources that prove 0 for a destination that no source mentions. Rejects as `findDemand` does. */
export async function findProofs(
  kind: DestinationKind,
  metric: Metric,
  { client, namespace, store, settings }: DemandPlace,
): Promise<string[]> {
  const findPod = podFinder(client, settings);
  const proofs: string[] = [];
  for (const place of [namespace, EVERYWHERE]) {
    const names = await store.destinations(place, 0, recordNameBeginning(kind, ''));
    const rest = await liveReports(demandReports(names, kind, ''), findPod);
    const read = await readReports(rest, (names) => store.slots(place, names));
    const now = store.clock.now() ?? 0;
    for (const source of read) {
      const { name } = source.pod;
      const value = unmentionedDemand([source], metric, now, settings);
      if (value !== undefined) proofs.push(name.slice(name.indexOf('<') + 1));
    }
  }
  return proofs;
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
