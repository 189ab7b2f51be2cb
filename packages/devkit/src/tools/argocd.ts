import { VERSIONS } from '../versions.ts';
import { goExecutable } from './go.ts';
import { upstreamRequirements } from './go-module.ts';

export const ARGOCD = { module: 'github.com/argoproj/argo-cd/v3', version: `v${VERSIONS.argoCd}` };

/**
 * Argo CD, all its servers in one program: which of them it is, ARGOCD_BINARY_NAME says. Built once, in about 5 minutes
 * on 2 cores and with 2 GB of memory.
 */
export function argocdBinary(): Promise<string> {
  const { module, version } = ARGOCD;
  return goExecutable({
    name: 'argocd',
    version,
    requirements: () => upstreamRequirements(module, version),
    target: `${module}/cmd`,
  });
}
