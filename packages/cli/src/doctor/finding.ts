import type { DoctorContext } from './context.ts';

/** Something that is wrong, and what to do about it. */
export interface Finding {
  /** What it is about: `APIService v1beta2.custom.metrics.k8s.io`. */
  readonly subject: string;
  readonly problem: string;
  readonly fix: string;
  /** `warn`: it works, but less well than it could. Without it the finding is a fault. */
  readonly level?: 'warn';
}

export interface Check {
  readonly name: string;
  /** What is true where it finds nothing. */
  readonly sound: string;
  /** @throws NotChecked */
  run(context: DoctorContext): Promise<readonly Finding[]>;
}

/** The findings of a check, and the facts that it verified. */
export interface Checked {
  readonly sound: string;
  readonly findings: readonly Finding[];
}

/** What came of a check. */
export interface CheckReport {
  readonly check: string;
  readonly sound: string;
  readonly findings: readonly Finding[];
  /** Why it could not be made. */
  readonly notChecked: string | undefined;
}
