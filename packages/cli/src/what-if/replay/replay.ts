import { firstHistory, type History } from '@activescale/hpa';
import type { ReplayedMetric } from '../series/load-series.ts';
import type { Setting } from '../settings/setting.ts';
import { meanLoads, type Segment } from './segments.ts';
import { sync } from './sync.ts';

/** The load to replay. */
export interface ReplayedLoad {
  readonly metrics: readonly ReplayedMetric[];
  readonly segments: readonly Segment[];
  /** At the start, all ready. */
  readonly replicas: number;
}

/** A time in which neither the load nor the pods change. */
export interface Span extends Segment {
  readonly replicas: number;
  readonly ready: number;
}

/** The workload and its HPA at one time. */
interface State {
  /** When each pod becomes ready, the earliest first, in ms. */
  readonly readyAt: readonly number[];
  readonly history: History;
}

/**
 * The replicas under a setting. The load is taken as given, whatever the replicas are: pods that are too slow
 * would change it (open loop). The ready pods share it equally. A new pod is pending until it is ready; a pod that is
 * removed is gone at once, and those that are not ready go first, as with a ReplicaSet. The HPA decides at the start and then in
 * each sync period; it has no recommendations from before the start but the current replicas.
 */
export function replay({ metrics, segments, replicas }: ReplayedLoad, setting: Setting): Span[] {
  const spans: Span[] = [];
  let nextSync = 0;
  let state: State = {
    readyAt: Array.from({ length: replicas }, () => 0),
    history: firstHistory(0, replicas),
  };
  for (const [index, segment] of segments.entries()) {
    let now = segment.from;
    while (now < segment.to) {
      if (now >= nextSync) {
        const { window } = setting;
        const loads = window === undefined ? segment.loads : meanLoads(segments, index, now, window);
        state = afterSync(metrics, setting, { now, loads, state });
        nextSync += setting.syncPeriod;
      }
      const { readyAt } = state;
      const ready = readyCount(readyAt, now);
      const to = Math.min(segment.to, nextSync, readyAt[ready] ?? Number.POSITIVE_INFINITY);
      spans.push({ from: now, to, loads: segment.loads, replicas: readyAt.length, ready });
      now = to;
    }
  }
  return spans;
}

interface Moment {
  readonly now: number;
  readonly loads: Segment['loads'];
  readonly state: State;
}

function afterSync(
  metrics: readonly ReplayedMetric[],
  setting: Setting,
  { now, loads, state: { readyAt, history } }: Moment,
): State {
  const ready = readyCount(readyAt, now);
  const synced = sync(metrics, setting, { now, replicas: readyAt.length, ready, loads, history });
  const added = Math.max(0, synced.replicas - readyAt.length);
  const started = Array.from({ length: added }, () => now + setting.podStart);
  return { readyAt: [...readyAt.slice(0, synced.replicas), ...started], history: synced.history };
}

function readyCount(readyAt: readonly number[], now: number): number {
  const pending = readyAt.findIndex((at) => at > now);
  return pending === -1 ? readyAt.length : pending;
}
