import { RE2JS } from 're2js';

/** Whether an expression matches a whole text. */
export type FullMatch = (text: string) => boolean;

const MAX_LENGTH = 1000;
/** Counted repetitions multiply what an expression compiles to; nested ones multiply each other. */
const MAX_REPETITIONS = 1000;

/**
 * An RE2 expression that must match a whole text, as Envoy's safe_regex does
 * (envoy/type/matcher/v3/regex.proto). It may come from outside: RE2 runs in time linear in the text, and what is too
 * large to compile quickly is refused.
 *
 * @returns what is wrong with the expression, or the match
 */
export function parseFullMatch(expression: string): FullMatch | string {
  if (expression.length > MAX_LENGTH) return `it has more than ${MAX_LENGTH} characters`;
  let repetitions = 1;
  for (const [, least = '', most = ''] of expression.matchAll(/\{(\d{1,9})(?:,(\d{0,9}))?\}/g))
    repetitions *= Math.max(1, Number(least), Number(most));
  if (repetitions > MAX_REPETITIONS)
    return `its counted repetitions multiply to more than ${MAX_REPETITIONS}`;
  try {
    const compiled = RE2JS.compile(expression);
    return (text) => compiled.matcher(text).matches();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
