import { formatGroupResource, parseGroupResource } from '@activescale/kube';
import { UsageError } from '../usage-error.ts';

export interface Workload {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** Known without a cluster; the manifest of any other kind differs in two words. */
const KINDS: readonly { readonly resource: string; readonly apiVersion: string; readonly kind: string }[] = [
  { resource: 'deployments.apps', apiVersion: 'apps/v1', kind: 'Deployment' },
  { resource: 'statefulsets.apps', apiVersion: 'apps/v1', kind: 'StatefulSet' },
  { resource: 'replicasets.apps', apiVersion: 'apps/v1', kind: 'ReplicaSet' },
  { resource: 'rollouts.argoproj.io', apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' },
];

/** `deployments.apps/web`, also in the singular and without the group. @throws UsageError */
export function parseWorkload(text: string): Workload {
  const [type = '', name = '', ...more] = text.split('/');
  const { resource, group } = parseGroupResource(type);
  const found = KINDS.find((each) => {
    const known = parseGroupResource(each.resource);
    const named = [known.resource, each.kind.toLowerCase()].includes(resource);
    return named && (group === '' || group === known.group);
  });
  if (found !== undefined && name !== '' && more.length === 0)
    return { apiVersion: found.apiVersion, kind: found.kind, name };
  const known = KINDS.map((each) => formatGroupResource(parseGroupResource(each.resource))).join(', ');
  throw new UsageError(`--workload ${JSON.stringify(text)}: expected RESOURCE/NAME, with one of ${known}`);
}
