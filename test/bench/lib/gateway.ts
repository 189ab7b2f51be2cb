import { StreamMetricsMessage } from '@activescale/protocol/testing';

/** A gateway with this number of destinations, of which some have requests. */
export interface GatewayLoad {
  readonly destinations: number;
  readonly busy: number;
}

interface Metric {
  counter?: { value: number };
  gauge?: { value: number };
  summary?: { sampleCount: number; sampleSum: number };
  histogram?: {
    sampleCount: number;
    sampleSum: number;
    bucket: { cumulativeCount: number; upperBound: number }[];
  };
}

interface Family {
  readonly name: string;
  readonly metric: Metric[];
}

/** Requests of a busy destination in each flush, and how long each takes, in ms. */
const REQUESTS = 5;
const DURATION = 40;
const CLUSTER = /^cluster\.(outbound\|[^;]*);(.*)\.(upstream_\w+)$/;

/**
 * Consecutive flushes of a gateway, made from a recorded one with as many clusters: no stat of an idle destination
 * changes, those of a busy one do.
 */
export function gatewayFlushes(
  recorded: Buffer,
  { destinations, busy }: GatewayLoad,
  count: number,
): Buffer[] {
  const { envoyMetrics } = StreamMetricsMessage.decode(recorded) as unknown as { envoyMetrics: Family[] };
  const names = new Set(envoyMetrics.map(({ name }) => clusterOf(name)).filter((name) => name !== undefined));
  const kept = [...names].sort().slice(0, destinations);
  if (kept.length < destinations) throw new Error(`the recording has ${kept.length} clusters`);
  const [keeps, isBusy] = [new Set(kept), new Set(kept.slice(0, busy))];
  const families = envoyMetrics.filter(({ name }) => {
    const cluster = clusterOf(name);
    return cluster === undefined || keeps.has(cluster);
  });
  return Array.from({ length: count }, (_, turn) => {
    for (const { name, metric } of families) {
      const cluster = clusterOf(name);
      if (cluster === undefined) continue;
      for (const each of metric) setTo(each, name, isBusy.has(cluster) ? turn + 1 : 0);
    }
    return Buffer.from(StreamMetricsMessage.encode({ envoyMetrics: families }).finish());
  });
}

function clusterOf(name: string): string | undefined {
  return CLUSTER.exec(name)?.[1];
}

/** @param turns flushes with requests so far; 0: none */
function setTo({ counter, gauge, summary, histogram }: Metric, name: string, turns: number): void {
  const count = turns === 0 ? 0 : REQUESTS;
  if (counter?.value !== undefined) counter.value = 1 + REQUESTS * turns;
  if (gauge?.value !== undefined && name.endsWith('upstream_rq_active')) gauge.value = turns % 3;
  for (const each of [summary, histogram]) {
    if (each === undefined || each === null) continue;
    each.sampleCount = count;
    each.sampleSum = count * DURATION;
  }
  for (const bucket of histogram?.bucket ?? [])
    bucket.cumulativeCount = bucket.upperBound < DURATION ? 0 : count;
}
