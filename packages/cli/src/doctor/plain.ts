import { FINDINGS } from '../findings/codes.ts';
import { describeCode } from '../findings/described.ts';
import type { CheckReport, Finding } from './finding.ts';

/** `SKIP`: the check could not run. */
export type Status = 'PASS' | 'WARN' | 'FAIL' | 'SKIP';

/** A report as JSON: with its status, and each finding with its severity and description. */
export function plain(report: CheckReport): unknown {
  const { check, sound, findings, notChecked } = report;
  return {
    check,
    status: statusOf(report),
    sound,
    findings: findings.map(({ code, ...finding }) => ({ ...describeCode(code), ...finding })),
    notChecked,
  };
}

function statusOf({ findings, notChecked }: CheckReport): Status {
  if (notChecked !== undefined) return 'SKIP';
  if (findings.length === 0) return 'PASS';
  return findings.some((finding) => findingStatus(finding) === 'FAIL') ? 'FAIL' : 'WARN';
}

export function findingStatus({ code }: Finding): Status {
  return FINDINGS[code].severity === 'fail' ? 'FAIL' : 'WARN';
}
