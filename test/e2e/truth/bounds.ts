import assert from 'node:assert/strict';
import type { Served } from '@activescale/devkit';
import { quantile, type Truth, truthOf } from './log.ts';
import type { Observation } from './served.ts';

/** A load, and how far the mean of requests in flight may be from the truth for its weak spot, as a share. */
export interface Expected {
  readonly name: string;
  readonly inFlight: number;
}

/** The same requests as the application and as the clients saw them: Envoy, in between, is to say neither less nor more. */
export interface Logs {
  readonly application: readonly Readonly<Served>[];
  readonly clients: readonly Readonly<Served>[];
}

/** Holds all that is served of a pod against the logs of its requests, over the very time that the answers speak of. */
export function holdAgainstLogs(expected: Expected, { values, record, from, to }: Observation, logs: Logs) {
  const value = (metric: string): number => {
    const found = values[metric];
    assert.ok(found !== undefined && Number.isFinite(found) && found >= 0, `${metric}: ${found}`);
    return found;
  };
  const between = (metric: string, truths: readonly number[], share: number, least: number) => {
    const found = value(metric);
    const low = Math.min(...truths) * (1 - share) - least;
    const high = Math.max(...truths) * (1 + share) + least;
    assert.ok(
      found >= low && found <= high,
      `${metric}: ${found}, truly ${truths}: not in ${low} to ${high}`,
    );
  };
  const truths = (start: number) =>
    [logs.application, logs.clients].map((log) => truthOf(log, Math.max(from, start), to));
  const all = truths(from);
  const [application] = all as [Truth];
  const each = (of: readonly Truth[], pick: (truth: Truth) => number) => of.map(pick);

  // A request that comes at the very moment of a cut may be on either side of it.
  between('requests_per_second', [application.perSecond], 0.02, 1_000 / (to - from));
  const inFlight = ({ inFlight }: Truth) => inFlight;
  between('active_requests_mean_1m', each(all, inFlight), expected.inFlight, 0.1);
  between('active_requests_mean_10s', each(truths(to - 10_000), inFlight), expected.inFlight, 0.1);
  const duration = ({ duration }: Truth) => duration;
  between('request_duration_seconds_mean', each(all, duration), 0.05, 0.001);
  between('request_error_ratio', [application.errorRatio], 0.02, 1 / application.durations.length);
  const p95 = (truth: Truth) => quantile(truth, 0.95);
  inItsBucket(value('request_duration_seconds_p95'), each(all, p95), record.bounds.flat());
}

/** Envoy's own bins are a tenth wide and begin at whole milliseconds: within that a duration may be in either bucket. */
function inItsBucket(found: number, truths: readonly number[], bounds: readonly number[]): void {
  const edges = [0, ...bounds.map((bound) => bound / 1000)];
  const lowest = edges.findLast((edge) => edge < Math.min(...truths) * 0.9 - 0.001) ?? 0;
  const highest = edges.find((edge) => edge >= Math.max(...truths) * 1.1 + 0.001) ?? Number.POSITIVE_INFINITY;
  assert.ok(found >= lowest && found <= highest, `P95: ${found}, truly ${truths} in ${lowest} to ${highest}`);
}
