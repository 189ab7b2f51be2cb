import { kubernetesVersion as versionOf } from '../../cluster/kubernetes-version.ts';
import { NotChecked } from '../not-checked.ts';
import type { PreflightCheck } from './check.ts';

/** preStop.sleep is on by default since then: https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/ */
const MIN_MINOR = 30;

export const kubernetesVersion: PreflightCheck = {
  name: 'Kubernetes',
  async run({ client }) {
    const { text, number } = await versionOf(client);
    if (number === undefined)
      throw new NotChecked(`the version ${JSON.stringify(text)} of kube-apiserver cannot be read`);
    const isOld = number.major === 1 && number.minor < MIN_MINOR;
    const problem = `it is older than 1.${MIN_MINOR} and does not know some fields of the manifests`;
    const sound = `${text}, which is at least 1.${MIN_MINOR}`;
    if (!isOld) return { sound, findings: [] };
    const fix = `use Kubernetes 1.${MIN_MINOR} or newer`;
    return { sound, findings: [{ code: 'ASC112', subject: `Kubernetes ${text}`, problem, fix }] };
  },
};
