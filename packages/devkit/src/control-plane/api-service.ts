import type { Authority, Credential } from '../pki.ts';
import { until } from '../process/until.ts';
import type { KubeClient } from './client.ts';
import type { KubeObject } from './object.ts';
import { clusterRole, clusterRoleBinding, namespace, type Person, roleBinding } from './objects.ts';

/** A Service that stands for a server of this machine in the cluster. */
export interface ServiceName {
  readonly name: string;
  readonly namespace: string;
}

/** The Service of our api. */
const SERVICE: ServiceName = { name: 'activescale-api', namespace: 'activescale' };

/** A version of a group that an aggregated server serves. */
export interface ServedVersion {
  group: string;
  version: string;
  /** versionPriority: the highest of a group is the preferred one. */
  priority: number;
}

export const CUSTOM_METRICS: readonly ServedVersion[] = [
  { group: 'custom.metrics.k8s.io', version: 'v1beta2', priority: 200 },
  { group: 'custom.metrics.k8s.io', version: 'v1beta1', priority: 100 },
];
export const EXTERNAL_METRICS: readonly ServedVersion[] = [
  { group: 'external.metrics.k8s.io', version: 'v1beta1', priority: 100 },
];
/** Records for people's tools. */
export const RECORDS_API: readonly ServedVersion[] = [
  { group: 'activescale.io', version: 'v1alpha1', priority: 100 },
];

/** The certificate that the aggregator expects of the api: it asks for the Service by its name in the cluster. */
export function apiCredential(ca: Authority): Promise<Credential> {
  const name = `${SERVICE.name}.${SERVICE.namespace}.svc`;
  return ca.sign({ name, names: [name, 'localhost', '127.0.0.1'], use: 'server' });
}

interface Registration {
  /** Port of the server on this machine. */
  securePort: number;
  /** What signed its certificate, PEM. */
  caBundle: string;
  versions?: readonly ServedVersion[];
  /** Default: the Service of our api. */
  service?: ServiceName;
}

/** Registers an aggregated server of this machine, and waits until kube-apiserver calls each version available. */
export async function registerApi(admin: KubeClient, registration: Registration): Promise<void> {
  await applyApiServices(admin, registration);
  const { versions = CUSTOM_METRICS } = registration;
  for (const { version, group } of versions) {
    await available(admin, `${version}.${group}`);
    await passedOn(admin, `/apis/${group}/${version}`);
  }
}

/** The Service and the APIServices of an aggregated server of this machine, available or not. */
export async function applyApiServices(admin: KubeClient, registration: Registration): Promise<void> {
  const { securePort, caBundle, versions = CUSTOM_METRICS, service = SERVICE } = registration;
  await admin.apply(namespace(service.namespace));
  await admin.apply({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...service },
    // The aggregator resolves the name itself: there is no proxy for a Service with a cluster IP.
    spec: { type: 'ExternalName', externalName: 'localhost' },
  });
  for (const version of versions)
    await admin.apply(apiService(version, { ...service, port: securePort }, caBundle));
}

function apiService(
  { group, version, priority }: ServedVersion,
  service: ServiceName & { readonly port: number },
  caBundle: string,
): KubeObject {
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `${version}.${group}` },
    spec: {
      group,
      version,
      groupPriorityMinimum: 100,
      versionPriority: priority,
      service,
      caBundle: Buffer.from(caBundle).toString('base64'),
    },
  };
}

interface ApiServiceStatus {
  status?: { conditions?: { type: string; status: string; message: string }[] };
}

/** The message of the condition Available when it is not true, undefined when it is. */
export async function whyUnavailable(admin: KubeClient, name: string): Promise<string | undefined> {
  const path = `/apis/apiregistration.k8s.io/v1/apiservices/${name}`;
  const { status } = await admin.get<ApiServiceStatus>(path);
  const condition = status?.conditions?.find(({ type }) => type === 'Available');
  if (condition?.status === 'True') return undefined;
  return condition?.message ?? 'it has not been looked at yet';
}

async function available(admin: KubeClient, name: string): Promise<void> {
  const look = async () => {
    const reason = await whyUnavailable(admin, name);
    if (reason !== undefined) throw new Error(reason);
    return true;
  };
  await until(look, { what: `APIService ${name} to be available`, deadline: 60_000, every: 100 });
}

/** kube-apiserver's proxy gets the status by its own watch. Until then it answers that there is no service. */
async function passedOn(admin: KubeClient, path: string): Promise<void> {
  const knows = async () => !(await admin.request(path)).body.startsWith('service unavailable');
  await until(knows, { what: `kube-apiserver to pass ${path} on`, deadline: 60_000 });
}

/**
 * Gives our api's user the rights that it has in a cluster: to create reviews of users and their rights, to read the
 * front proxy's authority, and to see pods, the scale of workloads and whether a namespace exists.
 */
export async function grantApi(admin: KubeClient, user: string): Promise<void> {
  const person: Person = { kind: 'User', name: user };
  const see = ['get', 'list', 'watch'];
  const rules = [
    { apiGroups: [''], resources: ['pods', 'services'], verbs: see },
    { apiGroups: ['gateway.networking.k8s.io'], resources: ['httproutes', 'grpcroutes'], verbs: see },
    { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] },
    { apiGroups: ['*'], resources: ['*/scale'], verbs: ['get'] },
    { apiGroups: ['apiregistration.k8s.io'], resources: ['apiservices'], verbs: see },
  ];
  await admin.apply(clusterRole('activescale-api', rules));
  await admin.apply(clusterRoleBinding('activescale-api', 'activescale-api', person));
  await admin.apply(clusterRoleBinding('activescale-api-delegation', 'system:auth-delegator', person));
  const reader = 'extension-apiserver-authentication-reader';
  await admin.apply(roleBinding('activescale-api-authentication', 'kube-system', reader, person));
}
