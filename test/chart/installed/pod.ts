import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ControlPlane, KubeObject } from '@activescale/devkit';

/** A pod as kube-apiserver has it: what a kubelet reads of it. */
export interface Pod extends KubeObject {
  readonly metadata: KubeObject['metadata'] & { readonly namespace: string; readonly uid: string };
  readonly spec: {
    readonly serviceAccountName: string;
    readonly automountServiceAccountToken?: boolean;
    readonly initContainers?: readonly Container[];
    readonly containers: readonly Container[];
    readonly volumes?: readonly Volume[];
  };
  readonly status?: { readonly phase?: string };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

interface Source {
  readonly items?: readonly { readonly key: string; readonly path: string }[];
}

interface Volume {
  readonly name: string;
  readonly secret?: Source & { readonly secretName: string };
  readonly configMap?: Source & { readonly name: string };
}

/** What a container runs with on this machine. */
export interface Prepared {
  readonly env: Readonly<Record<string, string>>;
  /** Its command and arguments, with the paths of this machine. */
  readonly command: readonly string[];
}

/**
 * Writes the Secrets and ConfigMaps of a pod as files below `folder`, and gives what a container of it runs with.
 * @throws Error if a Secret, a ConfigMap or a key of it does not exist: a kubelet would wait for it
 */
export async function prepare(
  plane: ControlPlane,
  pod: Pod,
  container: Container,
  folder: string,
): Promise<Prepared> {
  const { namespace } = pod.metadata;
  const get = (kind: string, name: string) =>
    plane.admin.get<KubeObject & { data?: Record<string, string> }>(
      `/api/v1/namespaces/${namespace}/${kind}/${name}`,
    );
  const mounts = container.volumeMounts ?? [];
  for (const { name, mountPath } of mounts) {
    const volume = pod.spec.volumes?.find((each) => each.name === name);
    const { secret, configMap } = volume ?? {};
    if (secret === undefined && configMap === undefined) continue;
    const object = secret
      ? await get('secrets', secret.secretName)
      : await get('configmaps', configMap?.name ?? '');
    const data = object.data ?? {};
    const items = (secret ?? configMap)?.items ?? Object.keys(data).map((key) => ({ key, path: key }));
    for (const { key, path } of items) {
      const text = data[key];
      if (text === undefined) throw new Error(`${object.metadata.name} has no key ${key}`);
      const file = join(folder, mountPath, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, secret ? Buffer.from(text, 'base64') : text);
    }
  }
  const here = (text: string): string => {
    const mount = mounts.find(({ mountPath }) => text.startsWith(`${mountPath}/`));
    return mount === undefined ? text : join(folder, text);
  };
  const env: Record<string, string> = {};
  for (const { configMapRef } of container.envFrom ?? []) {
    for (const [name, value] of Object.entries((await get('configmaps', configMapRef.name)).data ?? {}))
      env[name] = here(value);
  }
  for (const { name, value = '' } of container.env ?? []) env[name] = here(value);
  if (pod.spec.automountServiceAccountToken !== false)
    env.KUBECONFIG = await plane.serviceAccountKubeconfig(namespace, pod.spec.serviceAccountName);
  return { env, command: [...(container.command ?? []), ...(container.args ?? [])].map(here) };
}
