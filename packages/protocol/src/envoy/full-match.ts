import { RE2JS } from 're2js';

/** Whether an expression matches a whole text. */
export type FullMatch = (text: string) => boolean;

/** The texts of an expression's named groups if it matches a whole text; '' for a group that did not participate. */
export type GroupMatch = (text: string) => Readonly<Record<string, string>> | undefined;

const MAX_LENGTH = 1000;
/** Counted repetitions multiply what an expression compiles to; nested ones multiply each other. */
const MAX_REPETITIONS = 1000;
/**
 * Characters times repetitions bound the instructions before they are compiled: about 2,000 take a millisecond.
 */
const MAX_UNCOMPILED = 20_000;
/** RE2 instructions. Matching a text of 500 characters then takes a few milliseconds at most. */
const MAX_PROGRAM = 1000;
const UNICODE = /[^\p{ASCII}]|\\[pP]|\\x\{/u;

/**
 * An RE2 expression that must match a whole text, like Envoy's safe_regex (envoy/type/matcher/v3/regex.proto).
 * It may come from a client: RE2 runs in time linear in the text, and an expression that is too large to
 * compile or run quickly is refused.
 *
 * @returns the problem with the expression, or the match
 */
export function parseFullMatch(expression: string): FullMatch | string {
  const compiled = compile(expression);
  return typeof compiled === 'string' ? compiled : (text) => compiled.matcher(text).matches();
}

/** As `parseFullMatch`, for an expression with all `required` groups and no groups other than these and the `optional` ones. */
export function parseGroupMatch(
  expression: string,
  required: readonly string[],
  optional: readonly string[],
): GroupMatch | string {
  const compiled = compile(expression);
  if (typeof compiled === 'string') return compiled;
  const groups = Object.keys(compiled.namedGroups());
  const missing = required.find((group) => !groups.includes(group));
  if (missing !== undefined) return `it has no group (?P<${missing}>…)`;
  const unknown = groups.find((group) => !required.includes(group) && !optional.includes(group));
  if (unknown !== undefined)
    return `it has the group ${unknown}, not one of ${[...required, ...optional].join(', ')}`;
  return (text) => {
    const matcher = compiled.matcher(text);
    if (!matcher.matches()) return undefined;
    return Object.fromEntries(groups.map((group) => [group, matcher.group(group) ?? '']));
  };
}

/** @returns the problem with the expression, or its program */
function compile(expression: string): RE2JS | string {
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
    return compiled;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
