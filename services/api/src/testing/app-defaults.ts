import { Registry } from 'prom-client';
import type { AppOptions } from '../app.ts';
import type { RecordStore } from '../records/record-reader.ts';
import { createApiTelemetry } from '../telemetry/api-telemetry.ts';

const NO_RECORDS: RecordStore = {
  pods: async () => [],
  destinations: async () => [],
  slots: async (_, names) => names.map(() => null),
  notes: async (_, names) => names.map(() => null),
  keptSince: async () => 0,
  clock: { now: () => 0 },
};

/** What a test of the app does not care about. An unexpected error fails the test. */
export function appDefaults() {
  const registry = new Registry();
  return {
    port: 6443,
    inFlight: { max: 400, maxPerUser: 400 },
    records: { store: NO_RECORDS },
    checks: [],
    metrics: [registry],
    version: { gitVersion: 'v0.0.0', gitCommit: 'unknown' },
    telemetry: createApiTelemetry(registry),
    logRequest() {},
    failed(error: unknown) {
      throw error;
    },
  } satisfies Partial<AppOptions>;
}
