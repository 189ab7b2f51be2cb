import { type DestinationLookup, type DestinationObject, portTexts } from '@activescale/kube';
import { formatLabelSelector, type LabelSelector } from '@activescale/protocol/kubernetes';
import { type AskedDestination, EVERY_REPORTED } from '../metrics/demand.ts';
import { clusterUnavailable } from './cluster-unavailable.ts';

/** Finds the destinations of a query. Rejects with a StatusError (503) if the cluster cannot be asked. */
export interface Destinations {
  /** Empty if it has no such port; undefined: there is no such object. */
  get(
    kind: DestinationObject,
    namespace: string,
    name: string,
    port: string | undefined,
  ): Promise<readonly AskedDestination[] | undefined>;
  /** Those whose labels match, and that have the port; undefined: there is no such kind of object. */
  select(
    kind: DestinationObject,
    namespace: string,
    selector: LabelSelector,
    port: string | undefined,
  ): Promise<readonly AskedDestination[] | undefined>;
}

const AT_ONCE = 10;

/** The destinations that exist in the cluster. */
export function clusterDestinations(lookup: DestinationLookup): Destinations {
  const unavailable = clusterUnavailable('the destination');
  const find: Destinations['get'] = async (kind, namespace, name, port) => {
    const found = await lookup.get(kind, namespace, name);
    if (found === undefined) return undefined;
    if (port === undefined) return [{ name, ports: undefined }];
    const ports = portTexts(found, port);
    return ports === undefined ? [] : [{ name, ports }];
  };
  const list: Destinations['select'] = async (kind, namespace, selector, port) => {
    const names = await lookup.list(kind, namespace, formatLabelSelector(selector));
    if (names === undefined || port === undefined) return names?.map((name) => ({ name, ports: undefined }));
    const found: AskedDestination[] = [];
    for (let i = 0; i < names.length; i += AT_ONCE) {
      const some = names.slice(i, i + AT_ONCE).map((name) => find(kind, namespace, name, port));
      found.push(...(await Promise.all(some)).flatMap((each) => each ?? []));
    }
    return found;
  };
  return {
    get: (kind, namespace, name, port) => find(kind, namespace, name, port).catch(unavailable),
    select: (kind, namespace, selector, port) => list(kind, namespace, selector, port).catch(unavailable),
  };
}

/** Destinations without a cluster: every name may be one, and reported destinations have no labels. */
export const standaloneDestinations: Destinations = {
  get: async (_kind, _namespace, name, port) => [anyAt(name, port)],
  select: async (_kind, _namespace, selector, port) =>
    selector.length === 0 ? [anyAt(EVERY_REPORTED, port)] : [],
};

function anyAt(name: string, port: string | undefined): AskedDestination {
  return { name, ports: port === undefined ? undefined : [port] };
}

/** The selector of a port, for the observer. */
export function portSelector(port: string | undefined): LabelSelector {
  return port === undefined ? [] : [{ key: 'port', operator: '=', values: [port] }];
}
