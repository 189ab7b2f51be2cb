import type { WakesBy } from '@activescale/hpa';
import type { KubeClient } from '@activescale/kube';
import type { Autoscaler } from './autoscaler.ts';
import { kubernetesMinor } from './kubernetes-version.ts';

/** The first minor version whose controller wakes a workload by the condition ScaledToZero (KEP-2021). */
const SINCE_MINOR = 36;

/** Whether the HPA itself scaled its target to 0: then its metrics scale it out again. */
export function isScaledToZero(hpa: Autoscaler): boolean {
  return conditionOf(hpa)?.status === 'True';
}

/**
 * By which rules the HPA wakes at 0 replicas. The condition shows the controller's rules. An HPA that has not scaled
 * yet lacks it, so the version of kube-apiserver decides; an unknown one counts as new.
 */
export async function wakesBy(client: KubeClient, hpa: Autoscaler): Promise<WakesBy> {
  if (conditionOf(hpa) !== undefined) return 'ScaledToZero';
  const minor = await kubernetesMinor(client);
  return minor === undefined || minor >= SINCE_MINOR ? 'ScaledToZero' : 'minReplicas';
}

function conditionOf({ status }: Autoscaler) {
  return status?.conditions?.find(({ type }) => type === 'ScaledToZero');
}
