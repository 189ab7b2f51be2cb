import type { AskedDemand } from '@activescale/devkit';
import { EVERYTHING } from '../envoy/stats-filter.ts';
import { statName } from './cluster-facts.ts';
import { proxyOf } from './names.ts';
import type { SimulatedGateway } from './sent.ts';
import type { Share } from './shares.ts';

/**
 * Whether a sum must have a value: all gateways show all that they do, nothing has happened to them, and one of them would
 * have reported requests.
 * @param shares of all gateways that exist and have clusters of the destination
 * @param others of all others, with their clusters of destinations of this kind
 */
export function isDue(
  shares: readonly Share[],
  others: readonly Share[],
  asked: AskedDemand,
  metric: string,
): boolean {
  const all = [...shares, ...others];
  return (
    all.every((share) => share.flushes.length === 0 || isPlain(share)) &&
    shares.every(({ truth, due, flushes }) => flushes.length === 0 || !truth.mayBegin(due, metric)) &&
    all.some((share) => share.due > 1 && reports(share, asked))
  );
}

/** A cluster without a port in its name is about all ports together. */
function isPlain({ truth, due, isDue }: Share): boolean {
  const { filter, incidents, losses, naming } = truth.sent.gateway;
  return (
    isDue && due > 1 && filter === EVERYTHING && incidents.length + losses.length === 0 && naming !== 'Consul'
  );
}

/** Whether a gateway has reported a destination of this kind, or is known to report all. */
function reports({ truth, due }: Share, { kind }: AskedDemand): boolean {
  const { gateway } = truth.sent;
  const { naming, reportsAll } = gateway;
  switch (proxyOf(naming)) {
    case 'router':
      return kind === 'service';
    case 'waypoint':
      // It proves nothing of other namespaces than its own.
      return kind === 'service' && !reportsAll;
    default:
      return hasMentioned(gateway, kind, due - 1);
  }
}

function hasMentioned(gateway: SimulatedGateway, kind: AskedDemand['kind'], flush: number): boolean {
  const { places, arrived, reportsAll } = gateway;
  const own = places.filter(
    ({ target }) => target?.kind === kind && (reportsAll || target.namespace === 'shop'),
  );
  const names = arrived[flush]?.names ?? new Set();
  return own.some((place) => names.has(statName(place, 'upstream_rq_total')));
}
