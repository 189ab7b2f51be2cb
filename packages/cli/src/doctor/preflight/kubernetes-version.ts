import { ask } from '../../cluster/ask.ts';
import { NotChecked } from '../not-checked.ts';
import type { PreflightCheck } from './check.ts';

/** preStop.sleep is on by default since then: https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/ */
const LEAST_MINOR = 30;

export const kubernetesVersion: PreflightCheck = {
  name: 'Kubernetes',
  async run({ client }) {
    const { gitVersion = '' } = await ask<{ gitVersion?: string }>(client, '/version');
    const [, major, minor] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
    if (major === undefined || minor === undefined)
      throw new NotChecked(`the version ${JSON.stringify(gitVersion)} of kube-apiserver cannot be read`);
    const isOld = Number(major) === 1 && Number(minor) < LEAST_MINOR;
    const problem = `it is older than 1.${LEAST_MINOR} and does not know some fields of the manifests`;
    const findings = isOld
      ? [{ subject: `Kubernetes ${gitVersion}`, problem, fix: `use Kubernetes 1.${LEAST_MINOR} or newer` }]
      : [];
    return { sound: `${gitVersion}, which is at least 1.${LEAST_MINOR}`, findings };
  },
};
