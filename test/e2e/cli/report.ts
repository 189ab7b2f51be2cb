/** The result of a check of `doctor`, as JSON. */
export interface Report {
  readonly check: string;
  readonly status: 'PASS' | 'WARN' | 'FAIL' | 'SKIP';
  readonly sound: string;
  readonly findings: readonly {
    readonly code: string;
    readonly severity: 'fail' | 'warn';
    readonly docs: string;
    readonly subject: string;
    readonly problem: string;
    readonly fix: string;
  }[];
  readonly notChecked?: string;
}
