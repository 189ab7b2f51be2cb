import type { KubeClient } from '@activescale/kube';
import { askIfThere } from '../cluster/ask.ts';

/** The environment variables of a Deployment's containers, given directly or by ConfigMaps. */
export type ComponentSettings = ReadonlyMap<string, string>;

interface Deployment {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } };
}

interface Container {
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly envFrom?: readonly { readonly configMapRef?: { readonly name: string } }[];
}

/** undefined: there is no such Deployment. */
export async function readComponentSettings(
  client: KubeClient,
  namespace: string,
  name: string,
): Promise<ComponentSettings | undefined> {
  const space = encodeURIComponent(namespace);
  const path = `/apis/apps/v1/namespaces/${space}/deployments/${encodeURIComponent(name)}`;
  const deployment = await askIfThere<Deployment>(client, path);
  if (deployment === undefined) return undefined;
  const settings = new Map<string, string>();
  for (const { envFrom = [], env = [] } of deployment.spec.template.spec.containers) {
    for (const { configMapRef } of envFrom) {
      if (configMapRef === undefined) continue;
      const map = `/api/v1/namespaces/${space}/configmaps/${encodeURIComponent(configMapRef.name)}`;
      const { data = {} } = (await askIfThere<{ data?: Record<string, string> }>(client, map)) ?? {};
      for (const [key, value] of Object.entries(data)) settings.set(key, value);
    }
    for (const { name: key, value = '' } of env) settings.set(key, value);
  }
  return settings;
}
