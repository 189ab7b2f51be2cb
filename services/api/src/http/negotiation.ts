import type { Status } from '@activescale/protocol/kubernetes';

/** How a body is written. Every client of Kubernetes takes JSON; people like YAML. */
export type Representation = 'application/json' | 'application/yaml';

interface Clause {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly weight: number;
}

/** The media types of an Accept header, the most wanted first; those that are wanted alike in their order. */
export function parseAccept(accept: string): Clause[] {
  const clauses = accept.split(',').map((clause) => {
    const [type = '', ...rest] = clause.split(';').map((part) => part.trim());
    const parameters = new Map(rest.map((part) => part.split('=', 2) as [string, string]));
    const weight = Number(parameters.get('q') ?? 1);
    return { type: type.toLowerCase(), parameters, weight: Number.isNaN(weight) ? 0 : weight };
  });
  return clauses.sort((a, b) => b.weight - a.weight);
}

/**
 * The representation that an Accept header asks for, or the 406 that refuses it. A Table (`as=Table`) is not made of these
 * lists: a client that takes nothing else is refused in other words, as in Go.
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

function representationOf(type: string): Representation | undefined {
  if (type === '*/*' || type === 'application/*' || type === 'application/json') return 'application/json';
  return type === 'application/yaml' ? type : undefined;
}

const SERVED = 'application/json, application/yaml';

/** Text of go-restful, for a header without any type that is served. */
export function notAcceptable(): Status {
  const message = `406: Not Acceptable\n\nAvailable representations: ${SERVED}`;
  return { code: 406, reason: 'NotAcceptable', message, details: {} };
}

/** Text of k8s.io/apiserver's negotiation, for a type that is served but not in the wanted form. */
function onlyAccepted(): Status {
  return {
    code: 406,
    reason: 'NotAcceptable',
    message: `only the following media types are accepted: ${SERVED}`,
  };
}
