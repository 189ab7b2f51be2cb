import { EnvoyError, parseFullMatch } from '@activescale/protocol/envoy';
import type { Declared } from './scopes.ts';

const MAX_EXPRESSIONS = 64;

/**
 * Compiles what pods declare in ACTIVESCALE_SCOPES, once for each expression: the pods of a workload declare the same.
 * The result throws EnvoyError `ERR_ENVOY_SCOPES` for what is no expression.
 */
export function createDeclaredScopes(): (expression: string) => Declared {
  const known = new Map<string, Declared>();
  return (expression) => {
    let declared = known.get(expression);
    if (declared === undefined) {
      const matches = parseFullMatch(expression);
      if (typeof matches === 'string')
        throw new EnvoyError(
          'ERR_ENVOY_SCOPES',
          `ACTIVESCALE_SCOPES of the node's metadata is not an RE2 expression: ${matches}`,
        );
      declared = { expression, matches };
      if (known.size === MAX_EXPRESSIONS) known.clear();
      known.set(expression, declared);
    }
    return declared;
  };
}
