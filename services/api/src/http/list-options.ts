import {
  badRequest,
  KubernetesError,
  type LabelSelector,
  parseLabelSelector,
} from '@activescale/protocol/kubernetes';
import { checkFieldSelector } from './field-selector.ts';
import { StatusError } from './status-error.ts';

/** The query of a list request. Kubernetes knows other parameters, which have no meaning here. */
export interface ListOptions {
  /** Selects objects; empty: all. */
  readonly labelSelector: LabelSelector;
  /** Selects the window; empty: the catalogue's. */
  readonly metricLabelSelector: LabelSelector;
}

const NUMBERS = ['timeoutSeconds', 'limit'] as const;

/**
 * Parses the query in the order of Go's ListOptions, so the same one of several errors is reported.
 * @param name of the object in the path, or `*`; undefined if paths have none, and lists have no metric
 * selector
 * @throws StatusError 400
 */
export function parseListOptions(query: URLSearchParams, name: string | undefined): ListOptions {
  const labelSelector = selectorOf(query.get('labelSelector'));
  for (const parameter of NUMBERS) checkInt64(query.get(parameter));
  const metricLabelSelector = name === undefined ? [] : selectorOf(query.get('metricLabelSelector'));
  checkFieldSelector(query.get('fieldSelector') ?? '', name);
  return { labelSelector, metricLabelSelector };
}

/** Like apimachinery's booleans: present, and neither false nor 0. */
export function asksToWatch(query: URLSearchParams): boolean {
  const watch = query.get('watch');
  return watch !== null && watch !== 'false' && watch !== '0';
}

function selectorOf(text: string | null): LabelSelector {
  try {
    return text === null ? [] : parseLabelSelector(text);
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error;
    throw new StatusError(badRequest(error.message), { cause: error });
  }
}

/** Go's strconv.ParseInt, with its messages. */
function checkInt64(text: string | null): void {
  if (text === null) return;
  const fault = !/^[+-]?\d+$/.test(text)
    ? 'invalid syntax'
    : BigInt.asIntN(64, BigInt(text)) !== BigInt(text)
      ? 'value out of range'
      : undefined;
  if (fault === undefined) return;
  throw new StatusError(badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: ${fault}`));
}
