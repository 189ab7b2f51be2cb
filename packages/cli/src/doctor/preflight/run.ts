import type { DoctorContext } from '../context.ts';
import type { CheckReport } from '../finding.ts';
import { attempt } from '../run.ts';
import type { PreflightCheck } from './check.ts';
import { clockSkew } from './clock-skew.ts';
import { istioVersion } from './istio-version.ts';
import { kubernetesVersion } from './kubernetes-version.ts';
import { metricsServer } from './metrics-server.ts';
import { networkPolicies } from './network-policies.ts';
import { owners } from './owners.ts';

const CHECKS: readonly PreflightCheck[] = [
  owners,
  kubernetesVersion,
  metricsServer,
  networkPolicies,
  istioVersion,
  clockSkew,
];

/** Checks what an installation would replace and whether its requirements are met. Changes nothing. */
export async function preflight(context: DoctorContext): Promise<CheckReport[]> {
  const reports: CheckReport[] = [];
  for (const { name, run } of CHECKS) reports.push(await attempt(name, () => run(context)));
  return reports;
}
