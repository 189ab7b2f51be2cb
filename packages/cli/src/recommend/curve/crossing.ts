import type { Bin } from './bins.ts';
import { isotonic } from './isotonic.ts';
import { type Objective, valueIn } from './objective.ts';

/** Where the values of an objective exceed its limit, by requests in flight. */
export type Crossing =
  /** No bin has a value. */
  | { readonly kind: 'unknown' }
  /** In the lowest bin. */
  | { readonly kind: 'broken'; readonly at: number; readonly value: number }
  | { readonly kind: 'crossed'; readonly at: number }
  /** Between two bins that are too far apart. */
  | { readonly kind: 'gap'; readonly below: number; readonly above: number }
  /** Nowhere: the highest bin keeps the limit. */
  | { readonly kind: 'kept'; readonly upTo: number };

/** Between bins further apart than this factor a worker pool's curve is not a line. */
const WIDEST_GAP = 2.5;

/** @param bins with enough evidence, by requests in flight */
export function crossingOf(objective: Objective, limit: number, bins: readonly Bin[]): Crossing {
  const points = bins.flatMap((bin) => {
    const value = valueIn(objective, bin);
    return value === undefined ? [] : [{ at: bin.inFlight, value, weight: bin.requests }];
  });
  const values = isotonic(points);
  const first = values.findIndex((value) => value > limit);
  const above = points[first];
  if (above === undefined) {
    const highest = points.at(-1);
    return highest === undefined ? { kind: 'unknown' } : { kind: 'kept', upTo: highest.at };
  }
  const below = points[first - 1];
  if (below === undefined) return { kind: 'broken', at: above.at, value: above.value };
  if (above.at > WIDEST_GAP * below.at) return { kind: 'gap', below: below.at, above: above.at };
  const [low = 0, high = 0] = [values[first - 1], values[first]];
  return { kind: 'crossed', at: below.at + ((above.at - below.at) * (limit - low)) / (high - low) };
}
