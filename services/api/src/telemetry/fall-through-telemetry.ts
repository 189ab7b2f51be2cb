import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Queries that other adapters answer, by API group. */
export interface FallThroughTelemetry {
  /**
   * @param code HTTP status of the adapter, `<error>` without one, `<refused>` if it was not asked
   * @param seconds undefined: it was not asked
   */
  asked(group: string, code: string, seconds: number | undefined): void;
}

/** What is read whenever metrics are collected. */
export interface ObservedBackend {
  readonly group: string;
  up(): boolean;
  /** In s. */
  discoveryAge(): number;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5];

export function createFallThroughTelemetry(
  registry: Registry,
  backends: () => readonly ObservedBackend[],
): FallThroughTelemetry {
  const registers = [registry];
  const requests = new Counter({
    name: 'activescale_api_fallthrough_requests_total',
    help: 'Queries for the other adapter by its HTTP status, <error> without an answer, <refused> if it was not asked.',
    labelNames: ['group', 'code'],
    registers,
  });
  const durations = new Histogram({
    name: 'activescale_api_fallthrough_request_duration_seconds',
    help: 'Duration of queries of the other adapter.',
    labelNames: ['group'],
    buckets: SECONDS,
    registers,
  });
  const gauge = (name: string, help: string, read: (backend: ObservedBackend) => number) =>
    new Gauge({
      name: `activescale_api_fallthrough_${name}`,
      help,
      labelNames: ['group'],
      registers,
      collect() {
        for (const backend of backends()) this.set({ group: backend.group }, read(backend));
      },
    });
  gauge('up', 'Whether the other adapter answers queries and discovery: 1 or 0.', ({ up }) => Number(up()));
  gauge(
    'discovery_age_seconds',
    'Time since the list of its metrics was confirmed, or since the start.',
    ({ discoveryAge }) => discoveryAge(),
  );
  return {
    asked(group, code, seconds) {
      requests.inc({ group, code });
      if (seconds !== undefined) durations.observe({ group }, seconds);
    },
  };
}
