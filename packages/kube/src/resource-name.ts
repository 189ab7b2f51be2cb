import { type GroupResource, parseGroupResource } from './group-resource.ts';

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
  const { asked, name } = split(text);
  const found = knownKind(asked);
  return found && name !== '' ? { apiVersion: found.apiVersion, kind: found.kind, name } : undefined;
}

/** A resource in plural, if its kind is known, and the name of an object. */
export interface ObjectName {
  readonly resource: GroupResource;
  readonly name: string;
}

/** As parseResourceName, also for other kinds: `workers.example.com/web`. undefined: another form. */
export function parseObjectName(text: string): ObjectName | undefined {
  const { asked, name } = split(text);
  if (asked.resource === '' || name === '') return undefined;
  const { group, names: [plural] = [] } = knownKind(asked) ?? {};
  return { resource: plural === undefined ? asked : { group: group ?? '', resource: plural }, name };
}

/** The name is empty if the text is not of the form RESOURCE/NAME. */
function split(text: string): { readonly asked: GroupResource; readonly name: string } {
  const [type = '', name = '', ...more] = text.split('/');
  return { asked: parseGroupResource(type), name: more.length > 0 ? '' : name };
}

function knownKind({ resource, group }: GroupResource): NamedKind | undefined {
  return KINDS.find((each) => each.names.includes(resource) && isGroup(group, each.group));
}

/** Whether the text is empty, the group, or a version and the group. */
export function isGroup(text: string, group: string): boolean {
  if (text === '' || text === group) return true;
  const [version = '', ...rest] = text.split('.');
  return /^v\d+((alpha|beta)\d+)?$/.test(version) && rest.join('.') === group;
}
