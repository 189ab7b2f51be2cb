import type { FindingCode } from '../findings/codes.ts';
import type { DoctorContext } from './context.ts';

/** A problem, and its remedy. */
export interface Finding {
  /** Decides its severity. */
  readonly code: FindingCode;
  /** The object at fault: `APIService v1beta2.custom.metrics.k8s.io`. */
  readonly subject: string;
  readonly problem: string;
  readonly fix: string;
}

export interface Check {
  readonly name: string;
  /** The statement for a check without findings. */
  readonly sound: string;
  /** @throws NotChecked */
  run(context: DoctorContext): Promise<readonly Finding[]>;
}

/** The findings of a check, and the facts that it verified. */
export interface Checked {
  readonly sound: string;
  readonly findings: readonly Finding[];
}

/** The result of a check. */
export interface CheckReport {
  readonly check: string;
  readonly sound: string;
  readonly findings: readonly Finding[];
  /** Why it was skipped. */
  readonly notChecked: string | undefined;
}
