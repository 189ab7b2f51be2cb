export type Operator = 'in' | 'notin' | '=' | '==' | '!=' | 'gt' | 'lt' | 'exists' | '!';

export interface Requirement {
  key: string;
  operator: Operator;
  /** Sorted, without duplicates; empty for `exists` and `!`, one for all but `in` and `notin`. */
  values: readonly string[];
}

/** All requirements must match; sorted by key. An empty selector matches everything. */
export type LabelSelector = readonly Requirement[];

export type Labels = Readonly<Record<string, string>>;

/** Source of the semantics: apimachinery's labels.Requirement.Matches. */
export function matchesLabels(selector: LabelSelector, labels: Labels): boolean {
  for (const requirement of selector) {
    if (!holds(requirement, labels)) return false;
  }
  return true;
}

function holds({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case 'gt':
    case 'lt':
      return value !== undefined && compares(operator, value, values[0]);
  }
}

const INTEGER = /^[+-]?\d+$/;

function compares(operator: 'gt' | 'lt', value: string, bound: string | undefined): boolean {
  if (bound === undefined || !INTEGER.test(value)) return false;
  return operator === 'gt' ? BigInt(value) > BigInt(bound) : BigInt(value) < BigInt(bound);
}

/** The canonical text of the selector (labels.Selector.String), as in error messages. */
export function formatLabelSelector(selector: LabelSelector): string {
  return selector.map(formatRequirement).join(',');
}

/**
 * Whether two selectors have the same text, except for the forms of `=` and the order of requirements on one
 * key.
 */
export function isSameSelector(a: LabelSelector, b: LabelSelector): boolean {
  return canonicalText(a) === canonicalText(b);
}

function canonicalText(selector: LabelSelector): string {
  return selector
    .map(({ key, operator, values }) => formatRequirement({ key, values, operator: plain(operator, values) }))
    .sort()
    .join();
}

function plain(operator: Operator, { length }: readonly string[]): Operator {
  if (operator === '==' || (operator === 'in' && length === 1)) return '=';
  return operator === 'notin' && length === 1 ? '!=' : operator;
}

function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.join(',')})`;
    case 'gt':
    case 'lt':
      return `${key}${operator === 'gt' ? '>' : '<'}${values.join(',')}`;
    default:
      return `${key}${operator}${values.join(',')}`;
  }
}
