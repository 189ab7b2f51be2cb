import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics, type Registry } from 'prom-client';
import { coalesce } from './coalesce.ts';
import { answerProbe, type HealthCheck } from './health.ts';
import { limitConnections } from './limits/connection-limit.ts';

export interface AdminOptions {
  /** `undefined`: all addresses. */
  readonly host: string | undefined;
  /** 0: any free port. */
  readonly port: number;
  /** Also gets the metrics of the process (CPU, memory, event-loop delay, garbage collection). */
  readonly registry: Registry;
  /** Metrics that are not in the registry. */
  readonly further?: readonly MetricsText[];
  readonly checks: readonly HealthCheck[];
}

/** Metrics in Prometheus' text format, each line terminated. */
export interface MetricsText {
  metrics(): Promise<string>;
}

export interface Admin {
  readonly port: number;
  /** Finishes requests in flight, then closes every connection. */
  close(): Promise<void>;
}

const TEXT = 'text/plain; charset=utf-8';
/**
 * For the kubelet, scrapers and people. An address with too many connections loses its oldest, so a probe
 * always succeeds.
 */
const CONNECTIONS = { total: 100, perAddress: 32, closes: 'oldest' } as const;
/** An idle connection is closed after this, in ms: a client may not read its answer. */
const SILENCE_MS = 30_000;
/** How long a request in flight may take to finish once the server closes, in ms. */
const GRACE_MS = 500;

/**
 * Interval in which the delay of the event loop is measured, in ms, and so the smallest delay that its metrics show. By default it is
 * 10 ms, for which an idle process wakes up 100 times a second: 7.6 ms of CPU instead of 5.6.
 */
const LAG_MS = 50;

/**
 * Gauges of prom-client with names that are reserved for counters. The same data exists by type, under other
 * names.
 */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** Serves /livez, /readyz, /healthz and /metrics over plain HTTP/1.1. Rejects if it cannot listen. */
export async function startAdmin(options: AdminOptions): Promise<Admin> {
  const { host, port, registry, further = [], checks } = options;
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_MS });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  const metrics = coalesce(() => textOf([registry, ...further]));
  const server = createServer(
    {
      headersTimeout: 5_000,
      requestTimeout: 5_000,
      keepAliveTimeout: 30_000,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: 8_192,
    },
    (request, response) => {
      void answer(request, response, { type: registry.contentType, read: metrics }, checks);
    },
  );
  server.setTimeout(SILENCE_MS);
  limitConnections(server, CONNECTIONS);
  await listen(server, host, port);
  const address = server.address() as AddressInfo;
  return { port: address.port, close: () => close(server) };
}

/** The response to a scrape. */
async function textOf(sources: readonly MetricsText[]): Promise<string> {
  return (await Promise.all(sources.map((source) => source.metrics()))).join('');
}

async function listen(server: Server, host: string | undefined, port: number): Promise<void> {
  server.listen({ port, ...(host === undefined ? {} : { host }) });
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new Error(`the admin server cannot listen on ${host ?? '*'}:${port} (LISTEN_HOST, ADMIN_PORT)`, {
      cause,
    });
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  metrics: { readonly type: string; read(): Promise<string> },
  checks: readonly HealthCheck[],
): Promise<void> {
  request.resume();
  const [path = '', search = ''] = (request.url ?? '').split('?', 2);
  const method = request.method ?? '';
  const health = answerProbe(checks, path, new URLSearchParams(search));
  if (health !== undefined) {
    if (!['GET', 'HEAD', 'POST'].includes(method)) return refuseMethod(response, 'GET, HEAD, POST');
    return send(request, response, health.status, TEXT, health.body);
  }
  if (path !== '/metrics') return send(request, response, 404, TEXT, '404 page not found\n');
  if (!['GET', 'HEAD'].includes(method)) return refuseMethod(response, 'GET, HEAD');
  try {
    send(request, response, 200, metrics.type, await metrics.read());
  } catch (error) {
    send(request, response, 500, TEXT, `a metric could not be collected: ${String(error)}\n`);
  }
}

function refuseMethod(response: ServerResponse, allow: string): void {
  response.writeHead(405, { 'content-type': TEXT, allow }).end('405 method not allowed\n');
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-cache, private',
    'x-content-type-options': 'nosniff',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  const grace = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await closed;
  clearTimeout(grace);
}
