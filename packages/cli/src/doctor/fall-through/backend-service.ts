import { type DoctorContext, look } from '../context.ts';
import type { Finding } from '../finding.ts';
import { readyEndpoints } from '../ready-endpoints.ts';
import type { Backend } from './backends.ts';

export interface BackendService {
  readonly spec: {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly externalName?: string;
    readonly ports?: readonly { readonly port: number }[];
  };
}

/** undefined: it does not exist. @throws NotChecked */
export function readBackendService(
  context: DoctorContext,
  { namespace, service }: Backend,
): Promise<BackendService | undefined> {
  const [space, name] = [namespace, service].map(encodeURIComponent);
  return look(context, `/api/v1/namespaces/${space}/services/${name}`);
}

/** Why api cannot reach the Service; undefined if it can, as far as the cluster shows it. @throws NotChecked */
export async function serviceProblem(
  context: DoctorContext,
  backend: Backend,
  service: BackendService | undefined,
): Promise<Omit<Finding, 'subject'> | undefined> {
  const { setting, namespace, port, group } = backend;
  const effect = `so its metrics of ${group} are unavailable`;
  if (service === undefined) {
    const fix = `set ${setting} to the Service of the other adapter, <namespace>/<service>[:port], or remove it`;
    return { code: 'ASC701', problem: `it does not exist, ${effect}`, fix };
  }
  // It has no selector and no cluster IP, only a DNS name.
  if (service.spec.type === 'ExternalName') return undefined;
  const ports = (service.spec.ports ?? []).map((each) => each.port);
  if (!ports.includes(port)) {
    const fix = `add the port to ${setting}: ${ports.map((each) => `:${each}`).join(' or ')}`;
    return { code: 'ASC702', problem: `it has no port ${port}, ${effect}`, fix };
  }
  if ((await readyEndpoints(context, namespace, backend.service)) > 0) return undefined;
  const fix = `see why no pod is ready: kubectl get pods -n ${namespace}; HPAs on its metrics keep their replicas meanwhile`;
  return { code: 'ASC703', problem: `it has no ready endpoint, ${effect}`, fix };
}
