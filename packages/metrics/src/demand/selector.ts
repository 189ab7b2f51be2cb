import type { LabelSelector } from '@activescale/protocol/kubernetes';
import type { DestinationKind } from '@activescale/protocol/record';
import { MetricSelectorError, OVER, PORT, selectedValue } from '../metric-selector.ts';

/** The selector of an external demand metric: one destination, and requirements on its metric. */
export interface DemandSelector {
  readonly kind: DestinationKind;
  readonly name: string;
  /** Requirements on window and port. */
  readonly metric: LabelSelector;
}

const KINDS: readonly DestinationKind[] = ['service', 'httproute', 'grpcroute'];
const EXPECTED = 'a demand metric takes one of service=web, httproute=web and grpcroute=web';

/** @throws MetricSelectorError unless the selector names exactly one destination */
export function parseDemandSelector(selector: LabelSelector): DemandSelector {
  const unknown = selector.find(({ key }) => ![...KINDS, OVER, PORT].includes(key));
  if (unknown !== undefined)
    throw new MetricSelectorError(
      `unknown key ${JSON.stringify(unknown.key)}; ${EXPECTED}, and port and over`,
    );
  const named = KINDS.flatMap((kind) => {
    const name = selectedValue(selector, kind, EXPECTED);
    return name === undefined ? [] : [{ kind, name }];
  });
  const [destination, ...more] = named;
  if (destination === undefined || destination.name === '' || more.length > 0)
    throw new MetricSelectorError(EXPECTED);
  return { ...destination, metric: selector.filter(({ key }) => key === OVER || key === PORT) };
}
