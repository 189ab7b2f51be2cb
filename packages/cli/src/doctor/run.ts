import { reasonOf } from '../cluster/ask.ts';
import { NoRecordsError } from '../records/reader.ts';
import { access } from './checks/access.ts';
import { apiServices } from './checks/api-services.ts';
import { autoscalers } from './checks/autoscalers.ts';
import { clocks } from './checks/clocks.ts';
import { ingest } from './checks/ingest.ts';
import { istio } from './checks/istio.ts';
import { peerCheck } from './checks/peer-check.ts';
import { records } from './checks/records.ts';
import { trust } from './checks/trust.ts';
import { valkey } from './checks/valkey.ts';
import type { DoctorContext } from './context.ts';
import { demand } from './demand/check.ts';
import { fallThrough } from './fall-through/check.ts';
import type { Check, Checked, CheckReport, Finding } from './finding.ts';
import { NotChecked } from './not-checked.ts';
import { findingStatus } from './plain.ts';

/** In the order of a value's path, from the HPA back to the proxy. */
const CHECKS: readonly Check[] = [
  apiServices,
  trust,
  access,
  fallThrough,
  valkey,
  clocks,
  ingest,
  peerCheck,
  istio,
  records,
  demand,
  autoscalers,
];

/** Runs every check of an installation. */
export async function examine(context: DoctorContext): Promise<CheckReport[]> {
  const reports: CheckReport[] = [];
  for (const { name, sound, run } of CHECKS)
    reports.push(await attempt(name, async () => ({ sound, findings: await run(context) })));
  return reports;
}

/** Runs one check. An error in it becomes its finding and does not prevent other checks. */
export async function attempt(check: string, run: () => Promise<Checked>): Promise<CheckReport> {
  try {
    return { check, ...(await run()), notChecked: undefined };
  } catch (error) {
    const report = { check, sound: '', findings: [], notChecked: undefined };
    const isMissingRight = error instanceof NoRecordsError && !error.isTemporary;
    if (error instanceof NotChecked || isMissingRight) return { ...report, notChecked: error.message };
    return { ...report, findings: [failure(check, error)] };
  }
}

/** 0: all is well; 1: a fault was found; 3: none was found, and something could not be checked. */
export function exitCode(reports: readonly CheckReport[]): number {
  if (reports.some(({ findings }) => findings.some((finding) => findingStatus(finding) === 'FAIL'))) return 1;
  return reports.some(({ notChecked }) => notChecked !== undefined) ? 3 : 0;
}

function failure(subject: string, error: unknown): Finding {
  return {
    code: 'ASC100',
    subject,
    problem: reasonOf(error),
    fix: 'fix this first: the check could not run',
  };
}
