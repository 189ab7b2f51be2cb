import { EVERYTHING } from '../envoy/stats-filter.ts';
import type { Fact } from '../truth/facts.ts';
import type { LastUnknown } from '../truth/knowledge.ts';
import { isFilterShown, type Sent } from './sent.ts';

/** Without a filter that is shown, a stat that was never sent may arrive later, and was 0 until then; not these. */
const OF_EACH_REQUEST: readonly Fact[] = ['active', 'started'];

/** For each flush, of the facts that a metric is computed from. */
export function lastUnknownOf(
  { gateway, seen, shows, hasAll }: Sent,
  facts: readonly Fact[],
): readonly LastUnknown[] {
  const { filter, arrived } = gateway;
  const isShown = isFilterShown(filter);
  const needed = isShown ? facts : facts.filter((fact) => OF_EACH_REQUEST.includes(fact));
  const mayHide = isShown && filter !== EVERYTHING;
  let [certain, possible] = [-1, -1];
  return arrived.map((each, flush) => {
    const mentioned = seen(flush);
    const isUnknown = mentioned.some((place) => needed.some((fact) => !shows(place, fact)));
    // The first request of a cluster, while it waits for a connection, looks as if the filter hid its other stats.
    const isPartial = mentioned.some((place) => OF_EACH_REQUEST.some((fact) => !hasAll(each, place, fact)));
    if (isUnknown) certain = flush;
    if (isUnknown || isPartial || each.isBroken || (mayHide && mentioned.length === 0)) possible = flush;
    return { certain, possible };
  });
}
