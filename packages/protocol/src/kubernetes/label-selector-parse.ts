import { KubernetesError } from './kubernetes-error.ts';
import type { LabelSelector, Operator, Requirement } from './label-selector.ts';
import { selectorTokens, type Token } from './label-selector-lexer.ts';
import { labelKeyProblems, labelValueProblems } from './label-validation.ts';

/** The remaining tokens; the last one is `end` and is never consumed. */
interface Cursor {
  readonly tokens: readonly Token[];
  position: number;
}

const END: Token = { kind: 'end', text: '' };

/**
 * Kubernetes has no such limits. A matchExpression with 500 names is far above normal use, and still passes.
 * Each pod's labels are compared with each requirement, so all three limit the time of a query.
 */
const MAX_SELECTOR_BYTES = 16_384;
const MAX_REQUIREMENTS = 256;
const MAX_VALUES = 1_000;
/** Number of invalid values in an error message. */
const MAX_PROBLEMS = 10;

/**
 * A label selector of a query: `a=b,a!=b,a in (x,y),a notin (x),a,!a,a>1,a<1`. Grammar and messages are those
 * of apimachinery's labels.Parse.
 * @throws KubernetesError ERR_SELECTOR
 */
export function parseLabelSelector(text: string): LabelSelector {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_SELECTOR_BYTES) throw tooMany(bytes, MAX_SELECTOR_BYTES, 'bytes');
  const cursor: Cursor = { tokens: selectorTokens(text), position: 0 };
  const requirements: Requirement[] = [];
  while (peek(cursor).kind !== 'end') {
    if (!startsRequirement(peek(cursor))) {
      throw invalid(`found '${peek(cursor).text}', expected: !, identifier, or 'end of string'`);
    }
    requirements.push(parseRequirement(cursor));
    if (requirements.length > MAX_REQUIREMENTS) throw tooMany('more', MAX_REQUIREMENTS, 'requirements');
    const separator = take(cursor);
    if (separator.kind === 'end') break;
    if (separator.kind !== ',') throw invalid(`found '${separator.text}', expected: ',' or 'end of string'`);
    if (!startsRequirement(peek(cursor))) {
      throw invalid(`found '${peek(cursor).text}', expected: identifier after ','`);
    }
  }
  return requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

function parseRequirement(cursor: Cursor): Requirement {
  const negated = peek(cursor).kind === '!';
  if (negated) take(cursor);
  const name = take(cursor);
  if (!isIdentifier(name)) throw invalidRequirement(`found '${name.text}', expected: identifier`);
  const problems = labelKeyProblems(name.text);
  if (problems.length > 0) throw invalidRequirement(`<nil>: ${invalidValue(name.text, problems)}`);
  if (negated) return { key: name.text, operator: '!', values: [] };
  if (endsRequirement(peek(cursor))) return { key: name.text, operator: 'exists', values: [] };
  const operator = parseOperator(cursor);
  const values = operator === 'in' || operator === 'notin' ? parseValues(cursor) : [parseValue(cursor)];
  assertValues(name.text, operator, values);
  return { key: name.text, operator, values };
}

function parseOperator(cursor: Cursor): Operator {
  const token = take(cursor);
  switch (token.kind) {
    case 'in':
    case 'notin':
    case '=':
    case '==':
    case '!=':
      return token.kind;
    case '>':
      return 'gt';
    case '<':
      return 'lt';
    default:
      throw invalidRequirement(`found '${token.text}', expected: in, notin, =, ==, !=, gt, lt`);
  }
}

/** `(x,y)`, sorted and without duplicates; `()`, `(,` and `,)` contain the empty value. */
function parseValues(cursor: Cursor): string[] {
  const open = take(cursor);
  if (open.kind !== '(') throw invalidRequirement(`found '${open.text}' expected: '('`);
  const first = peek(cursor);
  if (first.kind === ')') {
    take(cursor);
    return [''];
  }
  if (!isIdentifier(first) && first.kind !== ',') {
    throw invalidRequirement(`found '${first.text}', expected: ',', ')' or identifier`);
  }
  const values = new Set<string>();
  for (;;) {
    const token = take(cursor);
    const next = peek(cursor);
    if (isIdentifier(token)) {
      values.add(token.text);
      if (values.size > MAX_VALUES) throw tooMany('more', MAX_VALUES, 'values of one key');
      if (next.kind !== ',' && next.kind !== ')') {
        throw invalidRequirement(`found '${next.text}', expected: ',' or ')'`);
      }
    } else if (token.kind === ',') {
      if (values.size === 0) values.add('');
      if (next.kind === ')' || next.kind === ',') values.add('');
      if (next.kind === ',') take(cursor);
    } else {
      throw invalidRequirement(`found '${token.text}', expected: ',', or identifier`);
    }
    if (next.kind === ')') {
      take(cursor);
      return [...values].sort();
    }
  }
}

function parseValue(cursor: Cursor): string {
  if (endsRequirement(peek(cursor))) return '';
  const token = take(cursor);
  if (!isIdentifier(token)) throw invalidRequirement(`found '${token.text}', expected: identifier`);
  return token.text;
}

const INT64 = /^[+-]?\d{1,19}$/;

function assertValues(key: string, operator: Operator, values: readonly string[]): void {
  const problems: string[] = [];
  if (operator === 'gt' || operator === 'lt') {
    for (const [index, value] of values.entries()) {
      if (INT64.test(value) && BigInt.asIntN(64, BigInt(value)) === BigInt(value)) continue;
      const why = "for 'Gt', 'Lt' operators, the value must be an integer";
      problems.push(`values[${index}]: ${invalidValue(value, [why])}`);
    }
  }
  for (const [index, value] of values.entries()) {
    const wrong = labelValueProblems(value);
    if (problems.length >= MAX_PROBLEMS) break;
    if (wrong.length > 0) problems.push(`values[${index}][${key}]: ${invalidValue(value, wrong)}`);
  }
  if (problems.length > 0) {
    throw invalidRequirement(problems.length === 1 ? problems.join() : `[${problems.join(', ')}]`);
  }
}

function invalidValue(value: string, problems: readonly string[]): string {
  return `Invalid value: ${JSON.stringify(value)}: ${problems.join('; ')}`;
}

function startsRequirement(token: Token): boolean {
  return isIdentifier(token) || token.kind === '!';
}

function endsRequirement(token: Token): boolean {
  return token.kind === 'end' || token.kind === ',';
}

/** `in` and `notin` are names wherever an operator is not allowed. */
function isIdentifier(token: Token): boolean {
  return token.kind === 'identifier' || token.kind === 'in' || token.kind === 'notin';
}

function peek(cursor: Cursor): Token {
  return cursor.tokens[cursor.position] ?? END;
}

function take(cursor: Cursor): Token {
  const token = peek(cursor);
  cursor.position++;
  return token;
}

function tooMany(found: number | 'more', allowed: number, what: string): KubernetesError {
  return invalid(`the label selector has ${found} ${what}, at most ${allowed} are allowed`);
}

function invalidRequirement(message: string): KubernetesError {
  return invalid(`unable to parse requirement: ${message}`);
}

function invalid(message: string): KubernetesError {
  return new KubernetesError('ERR_SELECTOR', message);
}
