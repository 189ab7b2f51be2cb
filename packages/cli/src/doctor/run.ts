import { reasonOf } from '../cluster/ask.ts';
import { access } from './access.ts';
import { apiServices } from './api-services.ts';
import { autoscalers } from './autoscalers.ts';
import { clocks } from './clocks.ts';
import type { DoctorContext } from './context.ts';
import { type Check, type CheckReport, NotChecked } from './finding.ts';
import { ingest } from './ingest.ts';
import { istio } from './istio.ts';
import { peerCheck } from './peer-check.ts';
import { records } from './records.ts';
import { trust } from './trust.ts';
import { valkey } from './valkey.ts';

/** Along the way of a number, from the HPA back to the proxy. */
const CHECKS: readonly Check[] = [
  apiServices,
  trust,
  access,
  valkey,
  clocks,
  ingest,
  peerCheck,
  istio,
  records,
  autoscalers,
];

/** Makes every check; what goes wrong in one is told as its own finding and keeps no other from being made. */
export async function examine(context: DoctorContext): Promise<CheckReport[]> {
  const reports: CheckReport[] = [];
  for (const { name, sound, run } of CHECKS) {
    const report = { check: name, sound, findings: [], notChecked: undefined };
    try {
      reports.push({ ...report, findings: await run(context) });
    } catch (error) {
      if (error instanceof NotChecked) reports.push({ ...report, notChecked: error.message });
      else reports.push({ ...report, findings: [failure(name, error)] });
    }
  }
  return reports;
}

function failure(subject: string, error: unknown) {
  return { subject, problem: reasonOf(error), fix: 'put that right first: the check could not be made' };
}
