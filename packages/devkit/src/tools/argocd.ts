import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VERSIONS } from '../versions.ts';
import { goExecutable } from './go.ts';
import { goModule } from './go-module.ts';

export const ARGOCD = { module: 'github.com/argoproj/argo-cd/v3', version: `v${VERSIONS.argoCd}` };

/**
 * Argo CD, all its servers in one program: which of them it is, ARGOCD_BINARY_NAME says. Built once, in about 5 minutes
 * on 2 cores and with 2 GB of memory.
 */
export async function argocdBinary(): Promise<string> {
  const { module, version } = ARGOCD;
  const upstream = await readFile(join(await goModule(module, version), 'go.mod'), 'utf8');
  // Its replacements count in the main module only, so they become ours, with all that it requires.
  const body = upstream.replace(/^module .*$/m, '').replace(/^go .*$/m, '');
  return goExecutable({
    name: 'argocd',
    version,
    requirements: `${body}\nrequire ${module} ${version}`,
    target: `${module}/cmd`,
  });
}
