import { goExecutable } from './go.ts';
import { findInPath } from './run.ts';

const version = 'v0.314.0'; // Prometheus 3.14.0: its module has no v3

/** promtool, which reads and tries Prometheus's rules: from PATH, or built once (2 minutes on 2 cores). */
export async function promtoolBinary(): Promise<string> {
  const found = await findInPath('promtool');
  if (found) return found;
  const module = 'github.com/prometheus/prometheus';
  return goExecutable({
    name: 'promtool',
    version,
    requirements: `require ${module} ${version}`,
    target: `${module}/cmd/promtool`,
    // Without the clients of two dozen clouds, which are most of the build.
    tags: ['remove_all_sd'],
  });
}
