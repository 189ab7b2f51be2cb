import type { KubeClient, ResourceName } from '@activescale/kube';
import { askList } from './ask.ts';
import { type Autoscaler, autoscalerPath } from './autoscaler.ts';

/** The name of the requested HPA, or of the HPA that scales the requested workload. @throws Error unless there is one */
export async function autoscalerOf(
  client: KubeClient,
  namespace: string,
  { kind, name }: ResourceName,
): Promise<string> {
  if (kind === 'HorizontalPodAutoscaler') return name;
  const all = await askList<Autoscaler>(client, autoscalerPath(namespace));
  const scaling = all.filter(
    ({ spec: { scaleTargetRef } }) => scaleTargetRef.kind === kind && scaleTargetRef.name === name,
  );
  const names = scaling.map(({ metadata }) => metadata.name);
  const [only, ...others] = names;
  if (only === undefined) throw new Error(`no HPA in ${namespace} scales ${kind} ${name}`);
  if (others.length > 0)
    throw new Error(`${names.length} HPAs in ${namespace} scale ${kind} ${name}: ${names.join(', ')}`);
  return only;
}
