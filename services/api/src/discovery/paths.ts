import type { DiscoveredGroup } from '@activescale/protocol/kubernetes';
import type { HealthCheck } from '@activescale/runtime';

/** Every path of the server, as listed by `/` and unknown paths. */
export function listedPaths(groups: readonly DiscoveredGroup[], checks: readonly HealthCheck[]): string[] {
  const apis = groups.flatMap(({ name, versions }) => [
    `/apis/${name}`,
    ...versions.map((version) => `/apis/${name}/${version}`),
  ]);
  const probes = (['livez', 'readyz'] as const).flatMap((probe) => checkPaths(probe, probe, checks));
  return [
    '/apis',
    ...apis,
    ...checkPaths('healthz', 'livez', checks),
    ...probes,
    '/metrics',
    '/metrics/slis',
    '/openapi/v2',
    '/openapi/v3',
    '/version',
  ].sort();
}

function checkPaths(path: string, probe: 'livez' | 'readyz', checks: readonly HealthCheck[]): string[] {
  const names = checks.filter(({ probes }) => probes.includes(probe)).map(({ name }) => name);
  return [`/${path}`, ...['ping', ...names].map((name) => `/${path}/${name}`)];
}
