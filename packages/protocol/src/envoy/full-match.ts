import { RE2JS } from 're2js';

/** Whether an expression matches a whole text. */
export type FullMatch = (text: string) => boolean;

const MAX_LENGTH = 1000;
/** Counted repetitions multiply what an expression compiles to; nested ones multiply each other. */
const MAX_REPETITIONS = 1000;
/**
 * Characters times repetitions bound the instructions before they are compiled: about 2,000 take a millisecond.
 */
const MAX_UNCOMPILED = 20_000;
/** RE2 instructions. Matching a text of 500 characters then takes a few milliseconds at most. */
const MAX_PROGRAM = 1000;
/** A varint of one or two bytes, like the lengths of nearly all families; -1 for any other. */
const UNICODE = /[^\p{ASCII}]|\\[pP]|\\x\{/u;

/**
 * An RE2 expression that must match a whole text, like Envoy's safe_regex (envoy/type/matcher/v3/regex.proto).
 * It may come from a client: RE2 runs in time linear in the text, and an expression that is too large to
 * compile or run quickly is refused.
 *
 * @returns the problem with the expression, or the match
 */
export function parseFullMatch(expression: string): FullMatch | string {
  const { length } = expression;
  if (length > MAX_LENGTH) return `it has more than ${MAX_LENGTH} characters`;
  if (UNICODE.test(expression)) return 'it has characters or classes of Unicode, and stat names are ASCII';
  let repetitions = 1;
  for (const [, least = '', most = ''] of expression.matchAll(/\{(\d{1,9})(?:,(\d{0,9}))?\}/g))
    repetitions *= Math.max(1, Number(least), Number(most));
  if (repetitions > MAX_REPETITIONS)
    return `its counted repetitions multiply to more than ${MAX_REPETITIONS}`;
  if (length * repetitions > MAX_UNCOMPILED)
    return `its ${length} characters times ${repetitions} counted repetitions are more than ${MAX_UNCOMPILED}`;
  try {
    const compiled = RE2JS.compile(expression);
    const program = compiled.programSize();
    if (program > MAX_PROGRAM) return `it compiles to ${program} instructions, more than ${MAX_PROGRAM}`;
    return (text) => compiled.matcher(text).matches();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
