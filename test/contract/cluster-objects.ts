import { type KubeClient, type KubeObject, until } from '@activescale/devkit';

type Labels = Record<string, string>;

/** A workload of Kubernetes' own with pods of these labels, which are all that its selector asks for. */
export function workload(
  kind: 'Deployment' | 'ReplicaSet' | 'StatefulSet',
  namespace: string,
  name: string,
  labels: Labels,
  replicas = 1,
): KubeObject {
  const spec = { replicas, selector: { matchLabels: labels }, template: template(labels) };
  const more = kind === 'StatefulSet' ? { serviceName: name, podManagementPolicy: 'Parallel' } : {};
  return { apiVersion: 'apps/v1', kind, metadata: { name, namespace, labels }, spec: { ...spec, ...more } };
}

export function job(namespace: string, name: string, labels: Labels): KubeObject {
  const { spec, ...rest } = template(labels);
  const pods = { ...rest, spec: { ...spec, restartPolicy: 'Never' } };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, namespace }, spec: { template: pods } };
}

function template(labels: Labels) {
  return {
    metadata: { labels },
    spec: { containers: [{ name: 'app', image: 'app' }], terminationGracePeriodSeconds: 0 },
  };
}

/** A pod of a controller that is not run here, or of none. */
export function pod(namespace: string, name: string, labels: Labels, owner?: KubeObject): KubeObject {
  const { metadata, spec } = template(labels);
  const reference = owner && {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: String(owner.metadata.uid),
    controller: true,
  };
  const ownerReferences = reference === undefined ? [] : [reference];
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name, namespace, ownerReferences }, spec };
}

export interface CustomKind {
  readonly group: string;
  /** Served in this order; the newest is the preferred one of the group. */
  readonly versions: readonly string[];
  readonly kind: string;
  readonly plural: string;
}

/** Teaches the cluster a kind with a scale subresource, and waits until it is served. */
export async function createCustomKind(admin: KubeClient, { group, versions, kind, plural }: CustomKind) {
  const scale = {
    specReplicasPath: '.spec.replicas',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.status.selector',
  };
  const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  await admin.apply({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, singular: kind.toLowerCase(), kind },
      versions: versions.map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        schema: { openAPIV3Schema },
        subresources: { status: {}, scale },
      })),
    },
  });
  const served = async (version: string) =>
    (await admin.request(`/apis/${group}/${version}/${plural}`)).status;
  for (const version of versions) {
    await until(async () => (await served(version)) === 200, { what: `${plural}.${group} to be served` });
  }
}

/** An object of such a kind, whose scale names the selector. */
export async function createCustom(
  admin: KubeClient,
  { group, versions: [version = ''], kind, plural }: CustomKind,
  namespace: string,
  name: string,
  status: { readonly replicas: number; readonly selector?: string },
): Promise<KubeObject> {
  const apiVersion = `${group}/${version}`;
  const spec = { replicas: status.replicas };
  const created = await admin.apply({ apiVersion, kind, metadata: { name, namespace }, spec });
  await admin.patch(`/apis/${apiVersion}/namespaces/${namespace}/${plural}/${name}/status`, { status });
  return created;
}
