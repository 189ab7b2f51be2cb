import { STREAM_METRICS_PATHS } from '@activescale/protocol/envoy';
import { SILENCE_MS } from '../flush/assembly.ts';
import { type GrpcServerEvents, type GrpcServerOptions, startGrpcServer } from './grpc/server.ts';
import { createHealth } from './health/health.ts';
import { healthService } from './health/service.ts';
import { createStreamMetrics, type StreamMetricsOptions } from './stream-metrics/service.ts';

export interface IngestServerOptions
  extends Omit<GrpcServerOptions, 'services' | 'maxConnections'>,
    Omit<StreamMetricsOptions, 'skipped'> {
  /** Calls of the health service open at once. */
  readonly maxHealthCalls?: number;
  /** Connections besides one for each stream: of health checks, and of clients that reconnect. */
  readonly maxOtherConnections?: number;
  readonly events: IngestServerEvents;
}

export interface IngestServerEvents extends GrpcServerEvents, Pick<StreamMetricsOptions, 'skipped'> {}

export interface IngestServer {
  readonly port: number;
  /** StreamMetrics streams open now. */
  readonly streams: number;
  /**
   * Reports NOT_SERVING and refuses new streams, lets flushes that have begun complete, answers every stream with OK,
   * then closes.
   */
  close(): Promise<void>;
}

/** Flushes that have begun complete within the silence that ends them, in ms. */
const GRACE_MS = SILENCE_MS + 10;
const MAX_OTHER_CONNECTIONS = 1_000;

/** Serves StreamMetrics and grpc.health.v1.Health. Rejects when it cannot listen. */
export async function startIngestServer(options: IngestServerOptions): Promise<IngestServer> {
  const { maxStreams, maxOtherConnections = MAX_OTHER_CONNECTIONS } = options;
  const streamMetrics = createStreamMetrics({ ...options, skipped: options.events.skipped });
  const health = createHealth(STREAM_METRICS_PATHS.map(serviceOf));
  const server = await startGrpcServer({
    ...options,
    services: [streamMetrics.service, healthService(health, options.maxHealthCalls)],
    maxConnections: maxStreams + maxOtherConnections,
  });
  return {
    port: server.port,
    get streams() {
      return streamMetrics.streams;
    },
    async close() {
      health.set('NOT_SERVING');
      streamMetrics.windDown();
      if (streamMetrics.streams > 0) await new Promise((resolve) => setTimeout(resolve, GRACE_MS));
      await server.close();
    },
  };
}

/** `envoy.service.metrics.v3.MetricsService` of a method's path. */
function serviceOf(path: string): string {
  return path.slice(1, path.lastIndexOf('/'));
}
