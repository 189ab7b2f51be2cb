import { dirname, join } from 'node:path';
import { goExecutable } from './tools/go.ts';
import { upstreamRequirements } from './tools/go-module.ts';
import { run } from './tools/run.ts';
import { VERSIONS } from './versions.ts';

/** Helm, built once, in about 3 minutes on 2 cores. Not from PATH: a test's subject is the pinned version. */
export function helmBinary(): Promise<string> {
  const module = 'helm.sh/helm/v4';
  const version = `v${VERSIONS.helm}`;
  const internal = `${module}/internal/version`;
  return goExecutable({
    name: 'helm',
    version,
    requirements: () => upstreamRequirements(module, version),
    target: `${module}/cmd/helm`,
    stamps: { [`${internal}.version`]: version },
  });
}

/** Runs Helm, without the user's plugins and repositories, and gives its stdout. */
export async function helm(...args: readonly string[]): Promise<string> {
  const command = await helmBinary();
  const home = join(dirname(command), 'home');
  const env = { HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
  return run(command, args, { env });
}
