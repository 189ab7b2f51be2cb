import { compileStatsFilter, type StatsFilter, type StatsRules } from '@activescale/protocol/envoy';

/** Meshes have a few templates of proxies; with made up ones the cache begins again. */
const MAX_FILTERS = 256;
const MAX_NAMES = 1024;

/**
 * Compiled stats filters, with what they said about a name. Pods of a template have the same filter and names, so that
 * thousands of streams that open at once cost one compilation.
 */
export function createStatsFilters(): (rules: StatsRules) => StatsFilter {
  const filters = new Map<string, StatsFilter>();
  return (rules) => {
    const key = JSON.stringify(rules);
    let filter = filters.get(key);
    if (filter === undefined) {
      filter = remembering(compileStatsFilter(rules));
      if (filters.size === MAX_FILTERS) filters.clear();
      filters.set(key, filter);
    }
    return filter;
  };
}

function remembering(filter: StatsFilter): StatsFilter {
  const known = new Map<string, boolean>();
  return (name) => {
    let passes = known.get(name);
    if (passes === undefined) {
      passes = filter(name);
      if (known.size === MAX_NAMES) known.clear();
      known.set(name, passes);
    }
    return passes;
  };
}
