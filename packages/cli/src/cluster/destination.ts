import {
  DESTINATIONS,
  type DestinationObject,
  destinationOf,
  type KubeClient,
  KubeError,
  portTexts,
} from '@activescale/kube';
import { askIfThere } from './ask.ts';
import type { ObjectReference } from './autoscaler.ts';

/** The kind of destination that a reference names; undefined: the object is not a destination. */
export function destinationKindOf({
  apiVersion = 'v1',
  kind,
}: ObjectReference): DestinationObject | undefined {
  const group = apiVersion.includes('/') ? (apiVersion.split('/', 1)[0] ?? '') : '';
  return destinationOf({ group, resource: kind.toLowerCase() });
}

/** `Service web` */
export function destinationText(kind: DestinationObject, name: string): string {
  return `${DESTINATIONS[kind].kind} ${name}`;
}

/** Whether a destination exists, and the port as sources may name it, by number or name (undefined: any port). */
export type DestinationState =
  | { readonly state: 'exists'; readonly ports: readonly string[] | undefined }
  | { readonly state: 'missing' }
  | { readonly state: 'no such port' };

interface ServiceObject {
  readonly spec?: { readonly ports?: readonly { readonly name?: string; readonly port: number }[] };
}

/** A destination that this user may not read counts as existing. @throws KubeError */
export async function readDestination(
  client: KubeClient,
  kind: DestinationObject,
  namespace: string,
  name: string,
  port: string | undefined,
): Promise<DestinationState> {
  const { apiVersion, resource } = DESTINATIONS[kind];
  const base = resource.group === '' ? '/api' : '/apis';
  const space = encodeURIComponent(namespace);
  const path = `${base}/${apiVersion}/namespaces/${space}/${resource.resource}/${encodeURIComponent(name)}`;
  try {
    const found = await askIfThere<ServiceObject>(client, path);
    if (found === undefined) return { state: 'missing' };
    if (port === undefined) return { state: 'exists', ports: undefined };
    const known = (found.spec?.ports ?? []).map(({ name: portName = '', port }) => ({
      name: portName,
      port,
    }));
    const ports = portTexts({ name, ports: known }, port);
    return ports === undefined ? { state: 'no such port' } : { state: 'exists', ports };
  } catch (error) {
    if (!(error instanceof KubeError) || error.status !== 403) throw error;
    return { state: 'exists', ports: port === undefined ? undefined : [port] };
  }
}
