import { type FullMatch, parseFullMatch } from '@activescale/protocol/envoy';
import { createTimeBudget, type TimeBudget, type TimeLimit } from './time-budget.ts';

/** The RE2 expressions in the node metadata of one client. */
export interface Patterns {
  /**
   * Whether an expression matches a whole name; undefined: the client has no time left. An invalid one matches
   * nothing.
   */
  matches(expression: string, name: string): boolean | undefined;
  /** Runs an action on texts of the client; undefined: the client has no time left. */
  within<T>(work: () => T): T | undefined;
  /** The problem with an expression, '' if none; undefined: the client has no time left. */
  problem(expression: string): string | undefined;
}

export interface PatternCache {
  /** @param client its address: streams of an address share its time */
  of(client: string): Patterns;
}

/**
 * One compilation takes at most about 50 ms, one match 30 ms, so a turn of the event loop is not much longer
 * than the burst.
 */
const CLIENT: TimeLimit = { burst: 100, rate: 20 };
const PROCESS: TimeLimit = { burst: 150, rate: 100 };

/** Meshes have a few filters. */
const MAX_EXPRESSIONS = 256;
const MAX_NAMES = 512;
/** Longer names are not remembered. */
const MAX_NAME = 256;
const MAX_CLIENTS = 1024;

interface Expression {
  readonly match: FullMatch | string;
  /** Pods of a workload have the same names. */
  readonly names: Map<string, boolean>;
}

/**
 * Compiles expressions and matches names, once for all streams and within a time budget. Known results are
 * free: thousands of streams that open at once cost one compilation.
 * @param now ms of the process's monotonic clock
 */
export function createPatterns(now: () => number): PatternCache {
  /** The least recently used first. */
  const expressions = new Map<string, Expression>();
  const clients = new Map<string, TimeBudget>();
  const all = createTimeBudget(PROCESS, now());

  const budgetOf = (client: string): TimeBudget => {
    const known = clients.get(client);
    if (known !== undefined) return known;
    const budget = createTimeBudget(CLIENT, now());
    setBounded(clients, client, budget, MAX_CLIENTS);
    return budget;
  };
  const within = <T>(budget: TimeBudget, work: () => T): T | undefined => {
    const start = now();
    if (!all.has(start) || !budget.has(start)) return undefined;
    const result = work();
    const took = now() - start;
    all.spend(took);
    budget.spend(took);
    return result;
  };
  const compiled = (text: string, budget: TimeBudget): Expression | undefined => {
    const known = expressions.get(text);
    if (known !== undefined) return known;
    const match = within(budget, () => parseFullMatch(text));
    if (match === undefined) return undefined;
    const expression = { match, names: new Map() };
    setBounded(expressions, text, expression, MAX_EXPRESSIONS);
    return expression;
  };

  return {
    of(client) {
      const budget = budgetOf(client);
      return {
        within: (work) => within(budget, work),
        matches(text, name) {
          const expression = compiled(text, budget);
          if (expression === undefined) return undefined;
          const { match, names } = expression;
          if (typeof match === 'string') return false;
          const known = names.get(name);
          if (known !== undefined) return known;
          setBounded(expressions, text, expression, MAX_EXPRESSIONS);
          const matches = within(budget, () => match(name));
          if (matches !== undefined && name.length <= MAX_NAME) setBounded(names, name, matches, MAX_NAMES);
          return matches;
        },
        problem(text) {
          const match = compiled(text, budget)?.match;
          return typeof match === 'function' ? '' : match;
        },
      };
    },
  };
}

/** Moves an entry to the end, and evicts the first one if there are too many. */
function setBounded<K, V>(map: Map<K, V>, key: K, value: V, max: number): void {
  map.delete(key);
  for (const first of map.size >= max ? map.keys().take(1) : []) map.delete(first);
  map.set(key, value);
}
