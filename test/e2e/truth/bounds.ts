import assert from 'node:assert/strict';
import type { Served } from '@activescale/devkit';
import { quantile, type Truth, truthOf } from './log.ts';
import type { Observation } from './served.ts';

/** How far a mean of requests in flight may be from the truth: as a share of it, for the load's weak spot. */
export interface Load {
  readonly name: string;
  readonly inFlight: number;
}

/**
 * Envoy counts a request from its first byte to its last, and the application less: on a busy machine some ms less each.
 * In seconds; a rate makes requests in flight of it.
 */
const PROXY_SECONDS = 0.003;

/** Holds all that is served of a pod against the log of its application, over the very time that the answers speak of. */
export function holdAgainstLog(
  load: Load,
  { values, record, from, to }: Observation,
  log: readonly Served[],
) {
  const all = truthOf(log, from, to);
  const lately = truthOf(log, Math.max(from, to - 10_000), to);
  const value = (metric: string): number => {
    const found = values[metric];
    assert.ok(found !== undefined && Number.isFinite(found) && found >= 0, `${metric}: ${found}`);
    return found;
  };
  const near = (metric: string, truth: number, tolerance: number) => {
    const found = value(metric);
    assert.ok(Math.abs(found - truth) <= tolerance, `${metric}: ${found}, truly ${truth} ± ${tolerance}`);
  };
  const margin = ({ inFlight, perSecond }: Truth) => load.inFlight * inFlight + PROXY_SECONDS * perSecond;

  // A request that comes at the very moment of a cut may be on either side of it.
  near('requests_per_second', all.perSecond, 0.02 * all.perSecond + 1_000 / (to - from));
  near('active_requests_mean_1m', all.inFlight, margin(all));
  near('active_requests_mean_10s', lately.inFlight, margin(lately));
  near('request_duration_seconds_mean', all.duration, 0.05 * all.duration + 0.001);
  near('request_error_ratio', all.errorRatio, 0.02 * all.errorRatio + 1 / all.durations.length);
  inItsBucket(value('request_duration_seconds_p95'), quantile(all, 0.95), record.bounds);
}

/** Envoy's own bins are a tenth wide and begin at whole milliseconds: within that a duration may be in either bucket. */
function inItsBucket(found: number, truth: number, bounds: readonly number[]): void {
  const edges = [0, ...bounds.map((bound) => bound / 1000)];
  const lowest = edges.findLast((edge) => edge < truth * 0.9 - 0.001) ?? 0;
  const highest = edges.find((edge) => edge >= truth * 1.1 + 0.001) ?? Number.POSITIVE_INFINITY;
  assert.ok(found >= lowest && found <= highest, `P95: ${found}, truly ${truth} in ${lowest} to ${highest}`);
}
