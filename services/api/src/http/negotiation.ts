import type { Status } from '@activescale/protocol/kubernetes';

/** The format of a body. Every Kubernetes client accepts JSON; YAML is for people. */
export type Representation = 'application/json' | 'application/yaml';

export interface Clause {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly weight: number;
}

/** Further types are ignored, because sorting takes quadratic time. */
const MAX_CLAUSES = 64;
const MAX_LENGTH = 8_192;

/** The media types of an Accept header in the order of k8s.io/apiserver: munnerz/goautoneg autoneg.go, ParseAccept. */
export function parseAccept(accept: string): Clause[] {
  const sorted: Clause[] = [];
  for (const text of accept.slice(0, MAX_LENGTH).split(',', MAX_CLAUSES)) {
    const clause = parseClause(text);
    if (clause === undefined) continue;
    let at = sorted.length;
    // Inserts like Go's sort.Sort: `precedes` is not an order, because a specific type with a lower weight and
    // `*/*` precede each other.
    while (at > 0 && precedes(clause, sorted[at - 1])) at--;
    sorted.splice(at, 0, clause);
  }
  return sorted;
}

function parseClause(text: string): Clause | undefined {
  const [range = '', ...rest] = text.split(';').map((part) => part.trim());
  const type = range === '*' ? '*/*' : range.toLowerCase();
  if (type.split('/').length !== 2) return undefined;
  const pairs = rest
    .map((part) => part.split('=').map((side) => side.trim()))
    .filter(({ length }) => length === 2);
  const parameters = new Map(pairs as [string, string][]);
  const weight = Number(parameters.get('q') ?? 1);
  return { type, parameters, weight: Number.isNaN(weight) ? 0 : weight };
}

/** goautoneg's Less: the greater weight, or the more specific type. */
function precedes(a: Clause, b: Clause | undefined): boolean {
  if (b === undefined || a.weight > b.weight) return true;
  if (!a.type.startsWith('*/') && b.type.startsWith('*/')) return true;
  return !a.type.endsWith('/*') && b.type.endsWith('/*');
}

/**
 * The format for an Accept header, or the 406 that refuses it. These lists have no Table format (`as=Table`): a
 * client that accepts nothing else gets another message, as in Go.
 */
export function negotiate(accept: string | undefined): Representation | Status {
  if (accept === undefined || accept.trim() === '') return 'application/json';
  let transformed = false;
  for (const { type, parameters } of parseAccept(accept)) {
    const representation = representationOf(type);
    if (representation === undefined || parameters.has('stream')) continue;
    if (!parameters.has('as')) return representation;
    transformed = true;
  }
  return transformed ? onlyAccepted() : notAcceptable();
}

/** The format for a media range; undefined: it is not served. */
export function representationOf(type: string): Representation | undefined {
  if (type === '*/*' || type === 'application/*' || type === 'application/json') return 'application/json';
  return type === 'application/yaml' ? type : undefined;
}

const SERVED = 'application/json, application/yaml';

/** Text of go-restful, for a header without any type that is served. */
export function notAcceptable(): Status {
  const message = `406: Not Acceptable\n\nAvailable representations: ${SERVED}`;
  return { code: 406, reason: 'NotAcceptable', message, details: {} };
}

/** Text of k8s.io/apiserver's negotiation, for a type that is served but not in the requested form. */
function onlyAccepted(): Status {
  return {
    code: 406,
    reason: 'NotAcceptable',
    message: `only the following media types are accepted: ${SERVED}`,
  };
}
