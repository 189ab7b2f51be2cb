import type { HealthCheck } from '@activescale/runtime';
import { Counter, Gauge, Registry } from 'prom-client';

/** /healthz is the old name of /livez, and has its checks. */
const TYPES = { healthz: 'livez', livez: 'livez', readyz: 'readyz' } as const;

/** Always passes; it says that the process answers. */
const PING = { name: 'ping', probes: ['livez', 'readyz'], check: () => undefined } as const;

/**
 * The health checks as service level indicators, under the names of Kubernetes' components (k8s.io/component-base
 * metrics/prometheus/slis/metrics.go). Every check runs once for each scrape, so that the counters do not depend on who
 * probes; a check that only warns counts as an error too.
 * @returns the registry of /metrics/slis
 */
export function createSlis(checks: readonly HealthCheck[]): Registry {
  const registry = new Registry();
  const total = new Counter({
    name: 'kubernetes_healthchecks_total',
    help: '[STABLE] This metric records the results of all healthcheck.',
    labelNames: ['name', 'status', 'type'],
    registers: [], // after the gauge, whose collection counts
  });
  new Gauge({
    name: 'kubernetes_healthcheck',
    help: '[STABLE] This metric records the result of a single healthcheck.',
    labelNames: ['name', 'type'],
    registers: [registry],
    collect() {
      for (const [type, probe] of Object.entries(TYPES)) {
        for (const { name, probes, check } of [PING, ...checks]) {
          if (!probes.includes(probe)) continue;
          const passed = check() === undefined;
          this.set({ name, type }, Number(passed));
          total.inc({ name, status: passed ? 'success' : 'error', type });
        }
      }
    },
  });
  registry.registerMetric(total);
  return registry;
}
