import { FINDINGS_PAGE } from '../findings/described.ts';
import type { CheckReport } from './finding.ts';
import { findingStatus } from './plain.ts';

/** A report for people: a line for each passed check, and the remedy for each finding. */
export function reportText(reports: readonly CheckReport[]): string {
  const lines = reports.flatMap(({ check, sound, findings, notChecked }) => {
    if (notChecked !== undefined) return [`SKIP  ${check}: ${notChecked}`];
    if (findings.length === 0) return [`PASS  ${check}: ${sound}`];
    return findings.flatMap((finding) => [
      `${findingStatus(finding)}  ${check} ${finding.code}: ${finding.subject}: ${finding.problem}`,
      `      fix: ${finding.fix}`,
    ]);
  });
  const hasCodes = reports.some(({ findings }) => findings.length > 0);
  const codes = hasCodes ? [`codes: ${FINDINGS_PAGE}`] : [];
  return [...lines, '', ...codes, endText(reports), ''].join('\n');
}

function endText(reports: readonly CheckReport[]): string {
  const findings = reports.flatMap(({ findings }) => findings);
  const warnings = findings.filter((finding) => findingStatus(finding) === 'WARN').length;
  const skipped = reports.filter(({ notChecked }) => notChecked !== undefined).length;
  const parts = [
    counted(findings.length - warnings, 'failure'),
    counted(warnings, 'warning'),
    skipped === 0 ? undefined : `incomplete: ${counted(skipped, 'check')} skipped`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? 'all checks passed' : parts.join(', ');
}

/** `2 failures`; undefined for none. */
function counted(count: number, what: string): string | undefined {
  if (count === 0) return undefined;
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
