import { type Field, fields } from './protobuf.ts';

/** A gateway with this number of destinations, of which some have requests. */
export interface GatewayLoad {
  readonly destinations: number;
  readonly busy: number;
}

/** A family of a flush, with its tag and length. */
interface Family {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Requests of a busy destination in each flush, and how long each takes, in ms. */
const REQUESTS = 5;
const DURATION = 40;
const CLUSTER = /^cluster\.(outbound\|[^;]*);(.*)\.(upstream_\w+)$/;

/**
 * Consecutive flushes of a gateway, made from a recorded one with as many clusters: no stat of an idle destination
 * changes, those of a busy one do. Values are replaced in Envoy's encoding, which has zeros that other encoders omit.
 */
export function gatewayFlushes(
  recorded: Buffer,
  { destinations, busy }: GatewayLoad,
  count: number,
): Buffer[] {
  const all = familiesOf(recorded);
  const names = new Set(all.map(({ name }) => clusterOf(name)).filter((name) => name !== undefined));
  const kept = [...names].sort().slice(0, destinations);
  if (kept.length < destinations) throw new Error(`the recording has ${kept.length} clusters`);
  const [keeps, isBusy] = [new Set(kept), new Set(kept.slice(0, busy))];
  const families = all.filter(({ name }) => {
    const cluster = clusterOf(name);
    return cluster === undefined || keeps.has(cluster);
  });
  return Array.from({ length: count }, (_, turn) => {
    for (const { name, bytes } of families) {
      const cluster = clusterOf(name);
      if (cluster !== undefined) setTo(bytes, name, isBusy.has(cluster) ? turn + 1 : 0);
    }
    return Buffer.concat(families.map(({ bytes }) => bytes));
  });
}

/** StreamMetricsMessage: envoy_metrics = 2; MetricFamily: name = 1. */
function familiesOf(message: Buffer): Family[] {
  return [...fields(message)].flatMap(({ number, from, start, end }) => {
    const name = number === 2 ? [...fields(message, start, end)].find((one) => one.number === 1) : undefined;
    if (name === undefined) return [];
    return {
      name: message.toString('utf8', name.start, name.end),
      bytes: Buffer.from(message.subarray(from, end)),
    };
  });
}

function clusterOf(name: string): string | undefined {
  return CLUSTER.exec(name)?.[1];
}

/**
 * Field numbers: io/prometheus/client/metrics.proto.
 * @param turns flushes with requests so far; 0: none
 */
function setTo(bytes: Buffer, name: string, turns: number): void {
  for (const metric of inside(
    bytes,
    inside(bytes, ...fields(bytes)).find(({ number }) => number === 4),
  )) {
    const [first, second] = inside(bytes, metric);
    if (first === undefined) continue;
    if (metric.number === COUNTER) bytes.writeDoubleLE(1 + REQUESTS * turns, first.start);
    else if (metric.number === GAUGE && name.endsWith('upstream_rq_active'))
      bytes.writeDoubleLE(turns % 3, first.start);
    else if (metric.number === SUMMARY || metric.number === HISTOGRAM) {
      const count = turns === 0 ? 0 : REQUESTS;
      setCount(bytes, first, count);
      bytes.writeDoubleLE(count * DURATION, (second as Field).start);
      for (const bucket of metric.number === HISTOGRAM ? inside(bytes, metric).slice(2) : []) {
        const [counted, bound] = inside(bytes, bucket) as [Field, Field];
        setCount(bytes, counted, bytes.readDoubleLE(bound.start) < DURATION ? 0 : count);
      }
    }
  }
}

const [GAUGE, COUNTER, SUMMARY, HISTOGRAM] = [2, 3, 4, 7];

function inside(bytes: Buffer, parent?: Field): Field[] {
  return parent === undefined ? [] : [...fields(bytes, parent.start, parent.end)];
}

function setCount(bytes: Buffer, { start, end }: Field, count: number): void {
  if (end !== start + 1) throw new Error('the recording has a count of more than one byte');
  bytes[start] = count;
}
