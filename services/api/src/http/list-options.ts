import {
  badRequest,
  KubernetesError,
  type LabelSelector,
  parseLabelSelector,
} from '@activescale/protocol/kubernetes';
import { checkFieldSelector } from './field-selector.ts';
import { StatusError } from './status-error.ts';

/** What the query of a list asks for. Other parameters are known to Kubernetes but mean nothing here. */
export interface ListOptions {
  /** Which objects; empty: all. */
  readonly labelSelector: LabelSelector;
  /** Over which window; empty: the catalogue's. */
  readonly metricLabelSelector: LabelSelector;
}

const NUMBERS = ['timeoutSeconds', 'limit'] as const;

/**
 * Reads the query in the order of Go's ListOptions, so that of several faults the same one is named.
 * @param name of the object in the path, or `*`; undefined where paths have none, and lists no metric selector
 * @throws StatusError 400
 */
export function parseListOptions(query: URLSearchParams, name: string | undefined): ListOptions {
  const labelSelector = selectorOf(query.get('labelSelector'));
  for (const parameter of NUMBERS) checkInt64(query.get(parameter));
  const metricLabelSelector = name === undefined ? [] : selectorOf(query.get('metricLabelSelector'));
  checkFieldSelector(query.get('fieldSelector') ?? '', name);
  return { labelSelector, metricLabelSelector };
}

/** As apimachinery reads a boolean: there, and neither false nor 0. */
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

/** strconv.ParseInt of Go, with its messages. */
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
