import { FINDINGS, type FindingCode, type Severity } from './codes.ts';

/** A code as JSON shows it. */
export interface DescribedCode {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** Page and anchor of its description, from the root of the repository. */
  readonly docs: string;
}

/** The page that describes every code. */
export const FINDINGS_PAGE = 'docs/findings.md';

export function describeCode(code: FindingCode): DescribedCode {
  return { code, severity: FINDINGS[code].severity, docs: `${FINDINGS_PAGE}#${code.toLowerCase()}` };
}

/** The same for a reason that may have no code. */
export function describeIfCoded(code: FindingCode | undefined): Partial<DescribedCode> {
  return code === undefined ? {} : describeCode(code);
}
