import { Counter, Gauge, type Registry } from 'prom-client';
import type { ScalerStatus } from './scaler-error.ts';

export interface KedaTelemetry {
  /** A unary call or a stream has ended. */
  ended(method: string, code: 'OK' | 'CANCELLED' | ScalerStatus): void;
  opened(method: string): void;
  closed(method: string): void;
  /** A reading for an open stream failed; the stream stays open. */
  failed(code: ScalerStatus): void;
  handshakeFailed(): void;
}

export function createKedaTelemetry(registry: Registry): KedaTelemetry {
  const registers = [registry];
  const calls = new Counter({
    name: 'activescale_api_keda_requests_total',
    help: 'Calls of the external scaler that have ended, by method and gRPC status code.',
    labelNames: ['method', 'code'],
    registers,
  });
  const streams = new Gauge({
    name: 'activescale_api_keda_streams',
    help: 'Streams of the external scaler that are open, by method.',
    labelNames: ['method'],
    registers,
  });
  const errors = new Counter({
    name: 'activescale_api_keda_stream_errors_total',
    help: 'Readings for open streams of the external scaler that gave no value, by gRPC status code.',
    labelNames: ['code'],
    registers,
  });
  const handshakes = new Counter({
    name: 'activescale_api_keda_tls_handshake_errors_total',
    help: 'Failed TLS handshakes on the port of the external scaler.',
    registers,
  });
  return {
    ended: (method, code) => calls.inc({ method, code }),
    opened: (method) => streams.inc({ method }),
    closed: (method) => streams.dec({ method }),
    failed: (code) => errors.inc({ code }),
    handshakeFailed: () => handshakes.inc(),
  };
}
