import type { ProxyType } from '@activescale/protocol/envoy';
import type { Destination, DestinationKind } from '@activescale/protocol/record';
import {
  ALL_SENT,
  type ClusterFilter,
  type SentSet,
  sentFrom,
  statsFrom,
} from '../flush/demand/sent-stats.ts';
import { emptyHistory, type History } from '../history/history.ts';
import type { FlushSample, Stored, Subject } from '../subject.ts';
import type { Sorted } from './destinations.ts';

/** The stats that a source proves to be 0 of destinations that it does not mention, for each kind that it reports. */
export interface Rests {
  readonly subjects: readonly Subject[];
  /** Continues from what another stream of the source has written, in the order of `subjects`. */
  resume(stored: readonly Stored[]): void;
  /** Another stream of the source has reported demand until the pod's last flush. */
  isResumed(): boolean;
  /** Takes what a flush had of destinations. */
  learn(sorted: Pick<Sorted, 'sent' | 'fresh' | 'isComplete'>): void;
  /** The stats that the source has sent of any destination. */
  seen(): SentSet;
  /** The stats that would have arrived if requests had been sent to a destination that is not mentioned. */
  unmentioned(kind: DestinationKind): SentSet;
  /** The records to write; a record without changes is rewritten after `rewriteAfter`, in ms. */
  samples(source: History, rewriteAfter: number): readonly FlushSample[];
}

const KINDS: readonly DestinationKind[] = ['service', 'httproute', 'grpcroute'];

export interface RestsOptions {
  readonly proxy: ProxyType;
  /** undefined: the node's metadata shows no filter. */
  readonly filter: ClusterFilter | undefined;
  /** The delimiter that ends the names of its clusters. */
  readonly delimiter: string;
  subjectOf(kind: DestinationKind): Subject;
}

interface Rest {
  readonly kind: DestinationKind;
  readonly subject: Subject;
  /** The source has reported a destination of this kind. */
  isReported: boolean;
  /** The beginnings of the names of the stats that its clusters could have. */
  examples: readonly string[];
  written: SentSet;
  writtenAt: number;
}

export function createRests({ proxy, filter, delimiter, subjectOf }: RestsOptions): Rests {
  const istio = filter === undefined ? [] : istioExamples(proxy, delimiter);
  const rests: readonly Rest[] = KINDS.map((kind) => ({
    kind,
    subject: subjectOf(kind),
    isReported: kind === 'service' && istio.length > 0,
    examples: kind === 'service' ? istio : [],
    written: 0,
    writtenAt: Number.NEGATIVE_INFINITY,
  }));
  let seen: SentSet = 0;
  let isResumed = false;
  /** All destinations of the last flush are reported: those that it did not mention are idle. */
  let isComplete = true;

  const unmentionedOf = ({ isReported, examples }: Rest): SentSet => {
    if (!isReported || !isComplete) return 0;
    if (filter === undefined) return seen;
    return examples.reduce((passing, example) => passing & filter.passing(example), ALL_SENT);
  };

  return {
    subjects: rests.map(({ subject }) => subject),
    resume(stored) {
      for (const [i, record] of stored.entries()) {
        const rest = rests[i];
        if (record === undefined || record === 'unreadable' || rest === undefined) continue;
        if (!record.isOwn || record.head.provenZero === 0) continue;
        isResumed = true;
        rest.written = sentFrom(record.head.provenZero);
        if (filter !== undefined) continue;
        rest.isReported = true;
        seen |= sentFrom(record.head.provenZero);
      }
    },
    isResumed: () => isResumed,
    learn({ sent, fresh, ...sorted }) {
      seen |= sent;
      isComplete = sorted.isComplete;
      for (const { destination, clusters } of fresh) {
        const rest = rests.find(({ kind }) => kind === destination.kind);
        const [cluster] = clusters;
        // A wrong guess of what names mean would prove 0 of every other destination.
        if (rest === undefined || cluster === undefined || destination.isLikely) continue;
        rest.isReported = true;
        if (rest.examples.length === 0) rest.examples = examplesLike(cluster.prefix, destination);
      }
    },
    seen: () => seen,
    unmentioned(kind) {
      const rest = rests.find((each) => each.kind === kind);
      return rest === undefined ? 0 : unmentionedOf(rest);
    },
    samples(source, rewriteAfter) {
      return rests.flatMap((rest) => {
        const proven = unmentionedOf(rest);
        const isFresh = rest.written === proven && source.arrival - rest.writtenAt < rewriteAfter;
        // What an incomplete flush does not mention is not idle, and was not proven to be.
        const proves = statsFrom(proven) !== 0 || (!isComplete && rest.written !== 0);
        if (!proves || isFresh) return [];
        rest.written = proven;
        rest.writtenAt = source.arrival;
        return [sampleOf(rest.subject, proven, source)];
      });
    },
  };
}

/** A filter that names some ports lets only those pass. */
const PORTS = ['1', '65535'];

/** The clusters that an Istio proxy has for a Service (Istio pilot/pkg/model/service.go, BuildSubsetKey). */
function istioExamples(proxy: ProxyType, delimiter: string): readonly string[] {
  if (proxy === 'other') return [];
  const [direction, subset] = proxy === 'waypoint' ? ['inbound-vip', 'http'] : ['outbound', ''];
  return PORTS.map((port) => `cluster.${direction}|${port}|${subset}|a.b.svc.cluster.local${delimiter}`);
}

/** The name that the cluster of another destination would have. */
function examplesLike(prefix: string, { name, namespace, port }: Destination): readonly string[] {
  const other = prefix.replaceAll(name, 'another-name').replaceAll(namespace, 'another-namespace');
  return port === '' ? [other] : PORTS.map((each) => other.replaceAll(port, each));
}

function sampleOf(subject: Subject, proven: SentSet, source: History): FlushSample {
  const gauges = { active: 0, upstreamActive: 0, pending: 0 };
  const evidence = { sent: 0, provenZero: statsFrom(proven), unrecognized: false, unknown: 0 };
  return { subject, facts: { ...gauges, ...evidence }, history: emptyHistory(source), replaced() {} };
}
