import { VERSIONS } from '../versions.ts';
import { goExecutable } from './go.ts';
import { upstreamRequirements } from './go-module.ts';
import { findInPath } from './run.ts';

const MODULE = 'github.com/prometheus/prometheus';
const VERSION = moduleVersion(VERSIONS.prometheus);

/** promtool, which reads and tries Prometheus's rules: from PATH, or built once (2 minutes on 2 cores). */
export async function promtoolBinary(): Promise<string> {
  return (await findInPath('promtool')) ?? build('promtool');
}

/** Prometheus itself, without its pages: from PATH, or built once (2 minutes on 2 cores, less after promtool). */
export async function prometheusBinary(): Promise<string> {
  return (await findInPath('prometheus')) ?? build('prometheus');
}

/** prometheus-adapter, built once (5 minutes on 2 cores). */
export function prometheusAdapterBinary(): Promise<string> {
  const module = 'sigs.k8s.io/prometheus-adapter';
  const version = `v${VERSIONS.prometheusAdapter}`;
  return goExecutable({
    name: 'prometheus-adapter',
    version,
    requirements: () => upstreamRequirements(module, version),
    target: `${module}/cmd/adapter`,
  });
}

function build(name: string): Promise<string> {
  return goExecutable({
    name,
    version: VERSION,
    requirements: `require ${MODULE} ${VERSION}`,
    target: `${MODULE}/cmd/${name}`,
    // Without the clients of two dozen clouds, which are most of the build.
    tags: ['remove_all_sd'],
  });
}

/** Prometheus releases 3.14.0 as v0.314.0 of its Go module, which has no v3. */
function moduleVersion(release: string): string {
  const [major, minor = '', patch] = release.split('.');
  return `v0.${major}${minor.padStart(2, '0')}.${patch}`;
}
