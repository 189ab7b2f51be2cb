import { type Fact, factsOf } from './facts.ts';
import { HTTP_STATS } from './http-stats.ts';
import type { Subject } from './subject.ts';

/** Each of them is used with every request: a scope that arrives without one hides it, whatever else its filter does. */
const OF_EACH_REQUEST: readonly Fact[] = ['active', 'started'];

/** Of some facts, the last flush up to another that left them unknown; -1: none did. */
export interface LastUnknown {
  /** For certain: requests had arrived at a place that hides one of them. */
  readonly certain: number;
  /** Or perhaps: it held no requests, of a proxy that may hide some. */
  readonly possible: number;
}

/** For each flush, of the facts that a metric is computed from. */
export function lastUnknownOf(subject: Subject, metric: string): readonly LastUnknown[] {
  const { life, arrived, passes, shows, isFilterShown, proxy } = subject;
  const facts = factsOf(metric);
  const needed = isFilterShown ? facts : facts.filter((fact) => OF_EACH_REQUEST.includes(fact));
  const mayHide = isFilterShown && (!passes('any.stat') || proxy === 'other');
  const own = [...life.places.entries()]
    .filter(([, { isLoad }]) => isLoad)
    .map(([index, { http, isRecognized }]) => ({
      isRecognized,
      names: HTTP_STATS.map((stat) => `${http}.${stat}`),
      hides: needed.some((fact) => !shows(index, fact)),
    }));
  let [certain, possible] = [-1, -1];
  return arrived.map(({ names, isBroken }, flush) => {
    const arriving = own.filter((place) => place.names.some((name) => names.has(name)));
    const seen = arriving.filter(({ isRecognized }) => isRecognized);
    const isUnknown = seen.some(({ hides }) => hides);
    // What arrives without being recognized may be its load.
    const mayBeUnknown = mayHide || (isFilterShown && arriving.length > 0);
    if (isUnknown) certain = flush;
    if (isUnknown || isBroken || (mayBeUnknown && seen.length === 0)) possible = flush;
    return { certain, possible };
  });
}
