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

/** Every code in the JSON of a command. */
export function codesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = 'code' in value && typeof value.code === 'string' ? [value.code] : [];
  return [...own, ...Object.values(value).flatMap(codesIn)];
}
