import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from './overlays.ts';

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: Readonly<Record<string, string>>;
}

interface RuleGroup {
  readonly rules: readonly Alert[];
}

const text = await readFile(join(root, 'deploy/components/monitoring/rules.yaml'), 'utf8');

/** The groups of the PrometheusRule, as a file of rules has them. */
export const ruleGroups: readonly RuleGroup[] = parse(text).spec.groups;

export const alerts: readonly Alert[] = ruleGroups.flatMap(({ rules }) => rules);
