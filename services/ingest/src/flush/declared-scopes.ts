import { EnvoyError } from '@activescale/protocol/envoy';
import type { Patterns } from './patterns.ts';
import type { Declared } from './scopes.ts';

/**
 * The scopes that a pod declares as its load in ACTIVESCALE_SCOPES, or a setting declares for all pods.
 * @throws EnvoyError `ERR_ENVOY_SCOPES` if it is not a valid expression; `ERR_ENVOY_SCOPES_TIME`, like
 * `matches`, while its client has no time left
 */
export function declaredScopes(expression: string, patterns: Patterns): Declared {
  const problem = patterns.problem(expression) ?? noTime();
  if (problem !== '')
    throw new EnvoyError(
      'ERR_ENVOY_SCOPES',
      `ACTIVESCALE_SCOPES of the node's metadata is not an RE2 expression: ${problem}`,
    );
  return { expression, matches: (name) => patterns.matches(expression, name) ?? noTime() };
}

function noTime(): never {
  throw new EnvoyError(
    'ERR_ENVOY_SCOPES_TIME',
    'evaluating ACTIVESCALE_SCOPES took the time that this address has for expressions: retry later, or simplify it',
  );
}
