import { asciiJsonString } from './json.ts';
import type { LabelSelector, Operator } from './label-selector.ts';

const EXPRESSIONS: Readonly<Partial<Record<Operator, string>>> = {
  in: 'In',
  notin: 'NotIn',
  '!=': 'NotIn',
  exists: 'Exists',
  '!': 'DoesNotExist',
};

/**
 * The selector as the JSON of a metav1.LabelSelector, ASCII only. `=` becomes matchLabels, all others
 * matchExpressions. undefined if a LabelSelector cannot express it (`>`, `<`, one key with two values).
 */
export function labelSelectorJson(selector: LabelSelector): string | undefined {
  const labels = new Map<string, string>();
  const expressions: string[] = [];
  for (const { key, operator, values } of selector) {
    const [value = ''] = values;
    if (operator === '=' || operator === '==') {
      if (labels.has(key) && labels.get(key) !== value) return undefined;
      labels.set(key, value);
      continue;
    }
    const name = EXPRESSIONS[operator];
    if (name === undefined) return undefined;
    const list = values.length > 0 ? `,"values":[${values.map(asciiJsonString).join(',')}]` : '';
    expressions.push(`{"key":${asciiJsonString(key)},"operator":"${name}"${list}}`);
  }
  const members: string[] = [];
  if (labels.size > 0) {
    const pairs = [...labels].map(([key, value]) => `${asciiJsonString(key)}:${asciiJsonString(value)}`);
    members.push(`"matchLabels":{${pairs.join(',')}}`);
  }
  if (expressions.length > 0) members.push(`"matchExpressions":[${expressions.join(',')}]`);
  return `{${members.join(',')}}`;
}
