import { Registry } from 'prom-client';
import type { AppOptions } from '../app.ts';
import { createApiTelemetry } from '../telemetry/api-telemetry.ts';

/** What a test of the app does not care about. An unexpected error fails the test. */
export function appDefaults() {
  const registry = new Registry();
  return {
    port: 6443,
    inFlight: { max: 400, maxPerUser: 400 },
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
