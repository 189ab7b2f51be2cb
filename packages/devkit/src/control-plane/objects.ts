import type { KubeObject } from './object.ts';

export function namespace(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

/** A Deployment of pods with the label `app: <name>`. */
export function deployment(name: string, namespace: string, replicas: number): KubeObject {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app' }] } },
    },
  };
}

const rbac = 'rbac.authorization.k8s.io';

/** What a role allows, as RBAC writes it. */
export interface Rule {
  apiGroups: readonly string[];
  resources: readonly string[];
  verbs: readonly string[];
}

export function clusterRole(name: string, rules: readonly Rule[]): KubeObject {
  return { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name }, rules };
}

/** A Role in one namespace. */
export function role(name: string, namespace: string, rules: readonly Rule[]): KubeObject {
  return { apiVersion: `${rbac}/v1`, kind: 'Role', metadata: { name, namespace }, rules };
}

/** A user or group of a client certificate. */
export interface Person {
  kind: 'User' | 'Group';
  name: string;
}

export function clusterRoleBinding(name: string, clusterRole: string, person: Person): KubeObject {
  return {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: clusterRole },
    subjects: [{ apiGroup: rbac, ...person }],
  };
}

/** Binds a Role of the namespace to a subject. */
export function roleBinding(name: string, namespace: string, role: string, person: Person): KubeObject {
  return {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name, namespace },
    roleRef: { apiGroup: rbac, kind: 'Role', name: role },
    subjects: [{ apiGroup: rbac, ...person }],
  };
}
