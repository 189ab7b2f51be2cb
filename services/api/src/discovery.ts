import {
  CUSTOM_METRICS_GROUP,
  CUSTOM_METRICS_VERSIONS,
  encodeApiGroup,
  encodeApiGroupList,
  encodeApiResourceList,
  type MetricResource,
} from '@activescale/protocol/kubernetes';
import type { Catalogue } from './catalogue.ts';
import { type App, sendJson } from './http.ts';

/** Path of the custom metrics API; a version follows. */
export const CUSTOM_METRICS_PATH = `/apis/${CUSTOM_METRICS_GROUP}`;

/**
 * Every discovery body, by path. Written once: the list is the catalogue's, never derived from data, and the
 * aggregator's probes must not depend on Valkey or on kube-apiserver.
 * @param port the one that clients are told
 */
export function discoveryBodies(catalogue: Catalogue, port: number): ReadonlyMap<string, Buffer> {
  const group = { name: CUSTOM_METRICS_GROUP, versions: CUSTOM_METRICS_VERSIONS };
  const resources = [...catalogue.keys()].map(
    (metric): MetricResource => ({ resource: 'pods', metric, namespaced: true }),
  );
  const bodies = new Map([
    ['/apis', encodeApiGroupList([group], port)],
    [CUSTOM_METRICS_PATH, encodeApiGroup(group)],
  ]);
  for (const version of CUSTOM_METRICS_VERSIONS) {
    const groupVersion = `${CUSTOM_METRICS_GROUP}/${version}`;
    bodies.set(`${CUSTOM_METRICS_PATH}/${version}`, encodeApiResourceList(groupVersion, resources));
  }
  return bodies;
}

export function discoveryRoutes(app: App, bodies: ReadonlyMap<string, Buffer>): void {
  for (const [path, body] of bodies) app.get(path, (_request, reply) => sendJson(reply, body));
}
