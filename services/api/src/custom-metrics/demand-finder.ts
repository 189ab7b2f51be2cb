import { DESTINATIONS, destinationOf, formatGroupResource, parseGroupResource } from '@activescale/kube';
import type { DemandProvider } from '../metrics/demand.ts';
import { type Destinations, portSelector } from '../objects/destinations.ts';
import type { MetricFinder } from './metric-finder.ts';

/**
 * Resolves the Services and routes of a request for a demand metric.
 * @returns undefined also for other kinds of objects, for which there is no demand
 */
export function createDemandFinder(demand: DemandProvider, destinations: Destinations): MetricFinder {
  return async ({ namespace, name, resource }, labels, { metric, port }, trace) => {
    const kind = destinationOf(parseGroupResource(resource));
    if (kind === undefined || namespace === undefined) return undefined;
    const found =
      name === '*'
        ? await destinations.select(kind, namespace, labels, port)
        : await destinations.get(kind, namespace, name, port);
    if (found === undefined) return undefined;
    const { kind: object, apiVersion, resource: group } = DESTINATIONS[kind];
    const about = { namespace, kind, resource: formatGroupResource(group), selector: portSelector(port) };
    if (found.length === 0) trace.absent(port === undefined ? 'object' : 'port');
    const items = found.length === 0 ? [] : await demand({ ...about, destinations: found }, metric, trace);
    return { kind: object, apiVersion, items };
  };
}
