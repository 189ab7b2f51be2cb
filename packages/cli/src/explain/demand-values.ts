import { type KubeClient, KubeError } from '@activescale/kube';
import {
  demandOf,
  demandReports,
  kindOfSum,
  liveReports,
  type Metric,
  type Pod,
  parseDemandSelector,
  readReports,
  type SelectedMetric,
  type SourceRecord,
  selectMetric,
  unmentionedDemand,
} from '@activescale/metrics';
import { type DestinationKind, EVERYWHERE } from '@activescale/protocol/record';
import type { Store } from '@activescale/store';
import { destinationKindOf, destinationText, readDestination } from '../cluster/destination.ts';
import { existing, readPod } from '../cluster/pods.ts';
import { number } from '../format.ts';
import { recordedPod } from '../records/read.ts';
import type { RecordSettings } from '../records/settings.ts';
import type { Question } from './question.ts';
import { milli } from './record-values.ts';
import { sourcePart } from './source-part.ts';
import type { Part, RecordAnswer } from './values.ts';

interface Place {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly store: Pick<Store, 'destinations' | 'slots' | 'clock'>;
  readonly settings: RecordSettings;
}

/**
 * The demand that api computes for an HPA's question. undefined: the question is about no destination, which the metrics
 * API says too. @throws MetricSelectorError, KubeError
 */
export async function demandAnswer(
  question: Question,
  named: Metric,
  place: Place,
): Promise<RecordAnswer | undefined> {
  const asked = askedDestination(question, named);
  if (asked === undefined) return undefined;
  const { kind, name, port } = asked;
  const { client, namespace } = place;
  const destination = await readDestination(client, kind, namespace, name, port);
  if (destination.state !== 'exists') {
    const what = destination.state === 'missing' ? 'does not exist' : `has no port ${port}`;
    return result(undefined, [], `${destinationText(kind, name)} ${what}`);
  }
  return await answer(asked, destination.ports, place);
}

/** @param ports the texts by which sources may name the requested port; undefined: all ports count */
async function answer(
  { kind, name, metric }: AskedDestination,
  ports: readonly string[] | undefined,
  { client, namespace, store, settings }: Place,
): Promise<RecordAnswer> {
  const findPod = podFinder(client, settings);
  const names = await store.destinations(namespace, 0);
  const reports = demandReports(names, kind, name).filter(({ port }) => ports?.includes(port) ?? true);
  const live = await liveReports(reports, findPod);
  const read = await readReports(live, (some) => store.slots(namespace, some));
  const now = store.clock.now() ?? 0;
  const { value, pods: counted, isUnmentioned } = demandOf(read, metric, now, settings, () => {});
  const parts = reports.map((report): Part => {
    const { source, port } = report;
    const part = `${source.namespace}/${source.name}${port === '' ? '' : `, port ${port}`}`;
    const own = read.find(({ pod }) => pod.name === `${port}<${source.namespace}/${source.name}`);
    if (own === undefined) return { name: part, value: undefined, arithmetic: 'its pod does not exist' };
    return { name: part, ...sourcePart(own, metric, now, settings) };
  });
  if (isUnmentioned) {
    const proof = await unmentioned(kind, metric, { client, namespace, store, settings }, findPod);
    const zero = proof.length > 0 ? `0, proven by ${proof.join(', ')}` : 'no value: none proves 0';
    return result(proof.length > 0 ? 0 : undefined, parts, `no live source mentions it: ${zero}`);
  }
  const how = kindOfSum(metric) === 'sum' ? 'sum' : 'of all requests together';
  const coverage = `${how}, ${counted} of ${live.length} records included`;
  const held = metric.function === 'held' ? ', at least 1 after a rejected request' : '';
  return result(
    value?.value,
    parts,
    `${coverage}${held}: ${value === undefined ? 'no value' : number(value.value)}`,
  );
}

interface AskedDestination extends SelectedMetric {
  readonly kind: DestinationKind;
  readonly name: string;
}

function askedDestination(
  { type, selector, describedObject }: Question,
  named: Metric,
): AskedDestination | undefined {
  if (type === 'External') {
    const { kind, name, metric } = parseDemandSelector(selector);
    return { kind, name, ...selectMetric(named, metric) };
  }
  const kind = type === 'Object' && describedObject ? destinationKindOf(describedObject) : undefined;
  return kind && { kind, name: describedObject?.name ?? '', ...selectMetric(named, selector) };
}

type FindPod = Parameters<typeof liveReports>[1];

/** The sources that prove 0 for a destination that no source mentions. */
async function unmentioned(
  kind: DestinationKind,
  metric: Metric,
  { namespace, store, settings }: Place,
  findPod: FindPod,
): Promise<string[]> {
  const proofs: string[] = [];
  for (const place of [namespace, EVERYWHERE]) {
    const live = await liveReports(demandReports(await store.destinations(place, 0), kind, ''), findPod);
    const rest = await readReports(live, (names) => store.slots(place, names));
    const now = store.clock.now() ?? 0;
    const proves = (report: SourceRecord) => unmentionedDemand([report], metric, now, settings) !== undefined;
    proofs.push(...rest.filter(proves).map(({ pod }) => pod.name.slice(pod.name.indexOf('<') + 1)));
  }
  return proofs;
}

/** A pod that this user may not read counts as existing. */
function podFinder(client: KubeClient, { verifyPodIp }: RecordSettings): FindPod {
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

function result(value: number | undefined, parts: readonly Part[], total: string): RecordAnswer {
  return {
    of: 'sources',
    values: value === undefined ? undefined : { of: 'all', value: milli(value) },
    parts,
    total,
  };
}
