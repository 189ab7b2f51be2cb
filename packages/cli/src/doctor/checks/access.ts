import { type KubeClient, KubeError } from '@activescale/kube';
import { CUSTOM_METRICS_GROUP } from '@activescale/protocol/kubernetes';
import { reasonOf } from '../../cluster/ask.ts';
import type { FindingCode } from '../../findings/codes.ts';
import type { Check, Finding } from '../finding.ts';
import { NotChecked } from '../not-checked.ts';
import { API } from './api-services.ts';

/** A right that an account needs. */
export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly for: string;
  readonly fix: string;
}

const ROLE = 'apply deploy/base/api/rbac.yaml: ClusterRole and ClusterRoleBinding activescale-api';
const DELEGATION = 'bind the ClusterRole system:auth-delegator to it (deploy/base/api/rbac.yaml)';

/** The rights in deploy/base/api/rbac.yaml. */
const OF_API: readonly Right[] = [
  ...['list', 'watch'].map((verb) => ({
    verb,
    group: '',
    resource: 'pods',
    for: 'to list pods',
    fix: ROLE,
  })),
  { verb: 'get', group: '', resource: 'services', for: 'for metrics of Services', fix: ROLE },
  ...['httproutes', 'grpcroutes'].map((resource) => ({
    verb: 'get',
    group: 'gateway.networking.k8s.io',
    resource,
    for: 'for the demand of routes',
    fix: ROLE,
  })),
  {
    verb: 'get',
    group: '',
    resource: 'namespaces',
    for: 'to verify that a namespace without pods exists',
    fix: ROLE,
  },
  {
    verb: 'get',
    group: 'apps',
    resource: 'deployments',
    subresource: 'scale',
    for: 'for metrics of workloads',
    fix: ROLE,
  },
  {
    verb: 'list',
    group: 'apiregistration.k8s.io',
    resource: 'apiservices',
    for: 'to compare its certificate with the caBundle',
    fix: ROLE,
  },
  {
    verb: 'create',
    group: 'authentication.k8s.io',
    resource: 'tokenreviews',
    for: 'to authenticate users',
    fix: DELEGATION,
  },
  {
    verb: 'create',
    group: 'authorization.k8s.io',
    resource: 'subjectaccessreviews',
    for: 'to authorize users',
    fix: DELEGATION,
  },
  {
    verb: 'get',
    group: '',
    resource: 'configmaps',
    namespace: 'kube-system',
    name: 'extension-apiserver-authentication',
    for: 'to recognize the front proxy',
    fix: 'bind the Role extension-apiserver-authentication-reader in kube-system to it (deploy/base/api/rbac.yaml)',
  },
];

const CONTROLLER = 'system:serviceaccount:kube-system:horizontal-pod-autoscaler';
const OF_CONTROLLER: readonly Right[] = ['get', 'list'].map((verb) => ({
  verb,
  group: CUSTOM_METRICS_GROUP,
  resource: 'pods',
  subresource: 'active_requests',
  for: 'to read metrics',
  fix: 'restore the ClusterRole system:controller:horizontal-pod-autoscaler, which Kubernetes creates when it starts',
}));

export const access: Check = {
  name: 'access',
  sound: "api's account and the HPA controller have the permissions that they need",
  async run({ client, installNamespace }) {
    const api = `system:serviceaccount:${installNamespace}:${API}`;
    return [
      ...(await refusedRights(client, 'ASC611', api, OF_API)),
      ...(await refusedRights(client, 'ASC612', CONTROLLER, OF_CONTROLLER)),
    ];
  },
};

/** A finding with the code for each right that an account lacks. @throws NotChecked if this user may not ask */
export async function refusedRights(
  client: KubeClient,
  code: FindingCode,
  user: string,
  rights: readonly Right[],
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const right of rights) {
    if (await may(client, user, right)) continue;
    const { verb, resource, subresource, group, for: purpose, fix } = right;
    const what = `${resource}${subresource === undefined ? '' : `/${subresource}`}${group === '' ? '' : `.${group}`}`;
    findings.push({
      code,
      subject: user,
      problem: `it may not ${verb} ${what}, which it needs ${purpose}`,
      fix,
    });
  }
  return findings;
}

/** @throws NotChecked if this user may not ask */
async function may(
  client: KubeClient,
  user: string,
  { for: _, fix: __, ...resourceAttributes }: Right,
): Promise<boolean> {
  const [, , namespace] = user.split(':');
  const spec = {
    user,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    resourceAttributes,
  };
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec };
  try {
    const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
    const { status } = await client.post<{ status?: { allowed?: boolean } }>(path, review, {});
    return status?.allowed === true;
  } catch (error) {
    if (error instanceof KubeError && error.status === 403) throw new NotChecked(reasonOf(error));
    throw error;
  }
}
