import { parseGroupResource } from '@activescale/kube';

/** A kind of object with kubectl's names for it. */
interface NamedKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly group: string;
  /** The singular, the plural and the short names: `kubectl api-resources`. */
  readonly names: readonly string[];
}

/** Known without a cluster. */
const KINDS: readonly NamedKind[] = [
  { apiVersion: 'v1', kind: 'Pod', group: '', names: ['pods', 'pod', 'po'] },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    group: 'apps',
    names: ['deployments', 'deployment', 'deploy'],
  },
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    group: 'apps',
    names: ['statefulsets', 'statefulset', 'sts'],
  },
  { apiVersion: 'apps/v1', kind: 'ReplicaSet', group: 'apps', names: ['replicasets', 'replicaset', 'rs'] },
  {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    group: 'argoproj.io',
    names: ['rollouts', 'rollout', 'ro'],
  },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    group: 'autoscaling',
    names: ['horizontalpodautoscalers', 'horizontalpodautoscaler', 'hpa'],
  },
];

export interface ResourceName {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/**
 * `deploy/web`, `Deployment/web`, `deployments.apps/web` or `deployments.v1.apps/web`, as in kubectl.
 * undefined: an unknown kind, or another form.
 */
export function parseResourceName(text: string): ResourceName | undefined {
  const [type = '', name = '', ...more] = text.split('/');
  const { resource, group } = parseGroupResource(type);
  const found = KINDS.find((each) => each.names.includes(resource) && isGroup(group, each.group));
  if (found === undefined || name === '' || more.length > 0) return undefined;
  return { apiVersion: found.apiVersion, kind: found.kind, name };
}

/** Whether the text is empty, the group, or a version and the group. */
export function isGroup(text: string, group: string): boolean {
  if (text === '' || text === group) return true;
  const [version = '', ...rest] = text.split('.');
  return /^v\d+((alpha|beta)\d+)?$/.test(version) && rest.join('.') === group;
}
