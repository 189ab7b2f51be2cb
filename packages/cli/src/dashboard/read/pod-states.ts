import type { Coverage } from '@activescale/dashboard';
import type { PodState } from '../../records/states.ts';

/** How many pods have a value. */
export function podCoverage(states: readonly PodState[]): Coverage {
  return {
    of: 'pods',
    known: states.filter(({ omitted }) => omitted === undefined).length,
    all: states.length,
  };
}

/** Age of the oldest record that counts, in ms. */
export function oldestAge(
  parts: readonly { readonly age: number | undefined; readonly held: boolean; readonly omitted?: unknown }[],
): number | undefined {
  const ages = parts.flatMap(({ age, held, omitted }) =>
    age !== undefined && (held || omitted === undefined) ? [age] : [],
  );
  return ages.length === 0 ? undefined : Math.max(...ages);
}
