import { encodeMessage } from '@activescale/protocol/testing';

/** The gauge of a sidecar's inbound listener. */
const GAUGE = 'http.inbound_0.0.0.0_8080;.downstream_rq_active';

interface Flush {
  namespace: string;
  pod: string;
  active: number;
  /** Number of the flush: each has its own snapshot time. */
  flush: number;
  /** Its address in node.id. */
  ip?: string;
  serviceAccount?: string;
}

/** One flush of a sidecar as one message; each names its pod, as Envoy's first message does. */
export function flushOf(options: Flush): Buffer {
  const { namespace, pod, active, flush, ip = '10.1.0.7', serviceAccount } = options;
  return encodeMessage({
    node: {
      id: `sidecar~${ip}~${pod}.${namespace}~${namespace}.svc.cluster.local`,
      metadata: {
        NAME: pod,
        NAMESPACE: namespace,
        ...(serviceAccount !== undefined && { SERVICE_ACCOUNT: serviceAccount }),
      },
    },
    timestamp: Date.UTC(2026, 0, 1) + flush * 1000,
    families: [
      { name: 'server.uptime', gauge: flush },
      { name: GAUGE, gauge: active },
    ],
  });
}

/** The same without an identifier. */
export function anonymousFlush(): Buffer {
  return encodeMessage({ timestamp: Date.UTC(2026, 0, 1), families: [{ name: GAUGE, gauge: 1 }] });
}
