import type { CheckReport } from './finding.ts';

/** A report for people: what is sound in a line each, what is not with its remedy. */
export function reportText(reports: readonly CheckReport[]): string {
  const lines = reports.flatMap(({ check, sound, findings, notChecked }) => {
    if (notChecked !== undefined) return [`-     ${check}: not checked: ${notChecked}`];
    if (findings.length === 0) return [`ok    ${check}: ${sound}`];
    return findings.flatMap(({ subject, problem, fix }) => [
      `FOUND ${check}: ${subject}: ${problem}`,
      `      fix: ${fix}`,
    ]);
  });
  const count = reports.reduce((sum, { findings }) => sum + findings.length, 0);
  const end = count === 0 ? 'nothing found' : count === 1 ? '1 finding' : `${count} findings`;
  return [...lines, '', end, ''].join('\n');
}
