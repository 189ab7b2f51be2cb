import { encodeMessage, type FamilySpec } from '@activescale/protocol/testing';

/** What a pod's Envoy proxies for a second. */
export interface ForgedLoad {
  readonly perSecond: number;
  /** Of each request, in seconds. */
  readonly duration: number;
  /** Requests in flight at the flush; as many as there are on average unless named. */
  readonly active?: number;
}

export interface ForgedPodOptions {
  readonly namespace: string;
  readonly pod: string;
  readonly type?: 'sidecar' | 'router';
  readonly ip?: string;
  /** Requests that it has counted before the first flush. */
  readonly started?: number;
}

/** A sidecar that a test plays, with a flush a second: its running totals grow as Envoy's do. */
export interface ForgedPod {
  /** The next flush as one message, or in this number of parts. */
  flush(load: ForgedLoad, parts?: number): Buffer[];
  /** The running totals begin at zero; with an uptime of zero, too, unless the restart is a hot one. */
  restart(how: 'cold' | 'hot'): void;
  /** Sets Envoy's clock by this number of ms. */
  setClock(by: number): void;
}

const BOUNDS = [1, 5, 10, 25, 50, 100, 200, 300, 400, 500, 600, 700, 800, 1_000, 2_500, 5_000, 10_000];

/** Shows that nothing is filtered: a counter that has not been sent is zero. */
const PROXY_CONFIG = { proxyStatsMatcher: { inclusionRegexps: ['.*'] } };

export function forgePod({
  namespace,
  pod,
  type = 'sidecar',
  ip = '10.1.0.7',
  started = 0,
}: ForgedPodOptions): ForgedPod {
  let clock = Date.UTC(2026, 0, 1);
  let uptime = 1_000;
  let total = started;
  const scope = type === 'sidecar' ? 'http.inbound_0.0.0.0_8080;' : 'http.outbound_0.0.0.0_8080;';
  const node = {
    id: `${type}~${ip}~${pod}.${namespace}~${namespace}.svc.cluster.local`,
    metadata: { NAME: pod, NAMESPACE: namespace, PROXY_CONFIG },
  };
  return {
    flush({ perSecond, duration, active = Math.round(perSecond * duration) }, parts = 1) {
      clock += 1_000;
      uptime += 1;
      total += perSecond;
      const ms = duration * 1_000;
      const buckets = BOUNDS.map((bound): [number, number] => [bound, ms <= bound ? perSecond : 0]);
      const families: FamilySpec[] = [
        { name: `${scope}.downstream_rq_total`, counter: total },
        { name: `${scope}.downstream_rq_completed`, counter: total },
        { name: 'server.uptime', gauge: uptime },
        { name: `${scope}.downstream_rq_active`, gauge: active },
        {
          name: `${scope}.downstream_rq_time`,
          histogram: { count: perSecond, sum: perSecond * ms, buckets },
        },
      ];
      const size = Math.ceil(families.length / parts);
      return Array.from({ length: parts }, (_, i) =>
        encodeMessage({ node, timestamp: clock, families: families.slice(i * size, (i + 1) * size) }),
      );
    },
    restart(how) {
      total = 0;
      if (how === 'cold') uptime = 0;
    },
    setClock(by) {
      clock += by;
    },
  };
}
