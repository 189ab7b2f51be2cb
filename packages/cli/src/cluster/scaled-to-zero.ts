import type { WakesBy } from '@activescale/hpa';
import type { KubeClient } from '@activescale/kube';
import type { Autoscaler } from './autoscaler.ts';
import { kubernetesMinor } from './kubernetes-version.ts';

/** The first minor version whose controller scales out from 0 only if the condition ScaledToZero is True (KEP-2021). */
const SINCE_MINOR = 36;

/** Whether the HPA itself scaled its target to 0: then its metrics scale it out again. */
export function isScaledToZero(hpa: Autoscaler): boolean {
  return conditionOf(hpa)?.status === 'True';
}

/**
 * The rules by which the HPA scales out from 0. An HPA with the condition has a controller with the new rules. Before its first
 * scaling an HPA lacks the condition, so the version of kube-apiserver decides; an unknown version counts as new.
 */
export async function wakesBy(client: KubeClient, hpa: Autoscaler): Promise<WakesBy> {
  if (conditionOf(hpa) !== undefined) return 'ScaledToZero';
  const minor = await kubernetesMinor(client);
  return minor === undefined || minor >= SINCE_MINOR ? 'ScaledToZero' : 'minReplicas';
}

function conditionOf({ status }: Autoscaler) {
  return status?.conditions?.find(({ type }) => type === 'ScaledToZero');
}
