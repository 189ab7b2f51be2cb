import type { DoctorContext } from '../context.ts';
import type { Checked } from '../finding.ts';

export interface PreflightCheck {
  readonly name: string;
  /** @throws NotChecked */
  run(context: DoctorContext): Promise<Checked>;
}
