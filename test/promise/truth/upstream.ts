import type { Life } from '../envoy/life.ts';
import type { Arrived } from '../envoy/timeline.ts';
import { HTTP_STATS } from './http-stats.ts';
import type { Range } from './range.ts';
import { isKept, type Subject } from './subject.ts';

const CLUSTER_STATS = ['upstream_rq_active', 'upstream_rq_pending_active'] as const;
export type ClusterStat = (typeof CLUSTER_STATS)[number];

/** Indices of the places whose requests are the pod's load. */
export function ownPlaces({ places }: Life): readonly number[] {
  return [...places.keys()].filter((index) => places[index]?.isLoad);
}

/** Those of which a flush has stats and whose names say that they are the pod's load. */
export function seenPlaces(life: Life, { names }: Arrived): readonly number[] {
  return ownPlaces(life).filter((index) => {
    const { isRecognized = false, http } = life.places[index] ?? {};
    return isRecognized && HTTP_STATS.some((stat) => names.has(`${http}.${stat}`));
  });
}

/** Listeners with custom names that the filter hides cannot be known (docs/proxies/README.md, Declared scopes). */
export function visiblePlaces({ life, passes }: Subject): readonly number[] {
  return ownPlaces(life).filter((index) => {
    const { isRecognized = false, http } = life.places[index] ?? {};
    return (
      isRecognized ||
      ['downstream_rq_active', 'downstream_rq_total'].some((stat) => passes(`${http}.${stat}`))
    );
  });
}

/** The places whose clusters must and may count. */
interface Clusters {
  readonly least: readonly number[];
  readonly most: readonly number[];
}

/** undefined: the stat cannot be known. */
function clustersAt(subject: Subject, flush: Arrived, stat: ClusterStat): Clusters | undefined {
  const { life, proxy, isFilterShown } = subject;
  const seen = seenPlaces(life, flush);
  if (seen.length === 0) return { least: [], most: isFilterShown ? visiblePlaces(subject) : [] };
  const own = ownPlaces(life);
  const passing = passesOf(subject, stat);
  if (own.some((index) => arrives(life, flush, index) && !passing(index))) return undefined;
  if (proxy === 'sidecar' && !seen.every(passing)) return undefined;
  return { least: seen.filter(passing), most: own.filter(passing) };
}

function passesOf({ life, passes }: Subject, stat: ClusterStat): (index: number) => boolean {
  return (index) => {
    const { isClusterRecognized = false, cluster } = life.places[index] ?? {};
    return isClusterRecognized && passes(`${cluster}.${stat}`);
  };
}

function arrives({ places }: Life, { names }: Arrived, index: number): boolean {
  const { isClusterRecognized = false, cluster } = places[index] ?? {};
  return isClusterRecognized && CLUSTER_STATS.some((stat) => names.has(`${cluster}.${stat}`));
}

type Gauge = (index: number, time: number) => number;

function sumAt(of: Gauge, places: readonly number[], time: number): number {
  return places.reduce((sum, index) => sum + of(index, time), 0);
}

/** The value of a gauge of the clusters at a flush. */
export function upstreamRange(
  subject: Subject,
  flush: Arrived,
  of: Gauge,
  stat: ClusterStat,
): Range | undefined {
  const places = clustersAt(subject, flush, stat);
  return places && { low: sumAt(of, places.least, flush.cut), high: sumAt(of, places.most, flush.cut) };
}

const ACTIVE: ClusterStat = 'upstream_rq_active';

/**
 * The largest number of requests in the application at the flushes of a window.
 * @param certain flushes that are in the window if they are stored, the newest first
 * @param possible those that may be in it
 */
export function upstreamMax(
  subject: Subject,
  certain: readonly Arrived[],
  possible: readonly Arrived[],
): Range | undefined {
  const { life, passes, proxy } = subject;
  const [last] = certain;
  const places = last && clustersAt(subject, last, ACTIVE);
  if (last === undefined || places === undefined) return undefined;
  const isKnown = (flush: Arrived): boolean => {
    const seen = seenPlaces(life, flush);
    const passing = passesOf(subject, ACTIVE);
    return seen.length > 0 && seen.every((index) => passing(index) && arrives(life, flush, index));
  };
  const firstUnknown = certain.findIndex((flush) => !isKnown(flush));
  // Which clusters of a plain Envoy are its load shows only in time. A window may begin after an unknown flush that may be dropped.
  const known =
    proxy === 'other'
      ? []
      : certain
          .slice(0, firstUnknown === -1 ? certain.length : firstUnknown)
          .filter((flush) => flush === last || isKept(subject, flush));
  const lows = known.map((flush) => upstreamRange(subject, flush, life.inApplication, ACTIVE)?.low ?? 0);
  // The earlier state of an Envoy that is idle now.
  const isIdle = seenPlaces(life, last).length === 0;
  const most = isIdle
    ? ownPlaces(life).filter((index) => passes(`${life.places[index]?.cluster}.${ACTIVE}`))
    : places.most;
  return {
    low: Math.max(sumAt(life.inApplication, places.least, last.cut), ...lows),
    high: Math.max(...possible.map(({ cut }) => sumAt(life.inApplication, most, cut))),
  };
}
