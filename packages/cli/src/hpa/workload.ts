import { parseResourceName, type ResourceName } from '@activescale/kube';
import { UsageError } from '../usage-error.ts';

/** The manifest of another kind differs only in kind and API version. */
const SCALED = ['Deployment', 'StatefulSet', 'ReplicaSet', 'Rollout'];

/** `deploy/web`, `deployments.apps/web` and so on. @throws UsageError */
export function parseWorkload(text: string): ResourceName {
  const found = parseResourceName(text);
  if (found !== undefined && SCALED.includes(found.kind)) return found;
  throw new UsageError(
    `--workload ${JSON.stringify(text)}: expected RESOURCE/NAME, such as deploy/web, of a ${SCALED.join(', ')}`,
  );
}
